using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The filters of one other node as this one was told of them. Under the desk's lock.</summary>
internal sealed class FilterReceiver(NodeId peer) : ListReceiver(peer)
{
    private readonly NodeId _peer = peer;
    private SubscriptionTable _table = SubscriptionTable.Empty;
    private RemoteListener _toAll = new(peer, 0, 1, 0);
    private RemoteListener _transientOnly = new(peer, 0, 0, 1);

    /// <summary>Takes a batch in; see <see cref="ListReceiver.Receive"/>.</summary>
    /// <param name="table">Changed by it.</param>
    /// <param name="payload">The batch.</param>
    /// <param name="isOver">Whether a life is over.</param>
    public ReadOnlyMemory<byte>? Receive(
        ref SubscriptionTable table, ReadOnlyMemory<byte> payload, Func<NodeIncarnation, bool> isOver)
    {
        _table = table;
        ReadOnlyMemory<byte>? taken = Receive(payload, isOver);
        table = _table;
        _table = SubscriptionTable.Empty;
        return taken;
    }

    /// <summary>Its life is over. What is left of it is searched for once, not with every change of nodes.</summary>
    public SubscriptionTable Drop(SubscriptionTable table)
    {
        Forget();
        return table.WithoutNode(_peer, long.MaxValue);
    }

    protected override void Apply(ref StateReader input)
    {
        // Most filters count alike.
        if (_toAll.Epoch != Epoch)
            (_toAll, _transientOnly) = (new RemoteListener(_peer, Epoch, 1, 0), new RemoteListener(_peer, Epoch, 0, 1));
        FilterInterest interest = SubscriptionCodec.ReadInterest(ref input);
        RemoteListener remote = (interest.ToAll, interest.TransientOnly) switch
        {
            (1, 0) => _toAll,
            (0, 1) => _transientOnly,
            _ => new RemoteListener(_peer, Epoch, interest.ToAll, interest.TransientOnly),
        };
        _table = _table.With(interest.Filter, remote);
    }

    protected override void Complete() => _table = _table.WithoutNode(_peer, Epoch);
}
