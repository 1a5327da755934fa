using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The filters of one other node as this one was told of them. Under the desk's lock.</summary>
internal sealed class FilterReceiver(NodeId peer)
{
    private long _list;
    private int _number;
    private long _epoch;

    /// <summary>Whose filters they are; default: there are none, or that life is over.</summary>
    public NodeIncarnation Life { get; private set; }

    /// <summary>A whole list was received since the connection came up.</summary>
    public bool IsWhole { get; private set; }

    public void Disconnected() => IsWhole = false;

    /// <summary>Takes a batch in.</summary>
    /// <param name="table">Changed by it.</param>
    /// <param name="payload">The batch.</param>
    /// <param name="isOver">Whether a life is over: what it says does not count any more.</param>
    /// <returns>The acknowledgement; null when the batch is none that counts.</returns>
    public ReadOnlyMemory<byte>? Receive(
        ref SubscriptionTable table, ReadOnlyMemory<byte> payload, Func<NodeIncarnation, bool> isOver)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        long list = input.ReadInt64();
        int number = input.ReadInt32();
        bool completes = input.ReadByte() != 0;
        if (life.Node != peer || life.Incarnation < Life.Incarnation || isOver(life))
            return null;
        bool isNew = life != Life || list > _list;
        if (isNew)
        {
            if (number != 1)
                return null;
            Life = life;
            _list = list;
            _number = 0;
            // What the list does not name goes when it is complete, not before.
            _epoch++;
            IsWhole = false;
        }

        if (list != _list || number > _number + 1)
            return null;
        if (number == _number + 1)
        {
            _number = number;
            table = Apply(table, ref input);
            if (completes && !IsWhole)
            {
                table = table.WithoutNode(peer, _epoch);
                IsWhole = true;
            }
        }

        var output = new ArrayBufferWriter<byte>(32);
        PeerCodec.WriteLife(output, life);
        output.WriteInt64(list);
        output.WriteInt32(number);
        return output.WrittenMemory;
    }

    /// <summary>Its life is over. What is left of it is searched for once, not with every change of nodes.</summary>
    public SubscriptionTable Drop(SubscriptionTable table)
    {
        Life = default;
        IsWhole = false;
        return table.WithoutNode(peer, long.MaxValue);
    }

    private SubscriptionTable Apply(SubscriptionTable table, ref StateReader input)
    {
        // Most filters count alike.
        var toAll = new RemoteListener(peer, _epoch, 1, 0);
        var transientOnly = new RemoteListener(peer, _epoch, 0, 1);
        for (int count = input.ReadCount(); count > 0; count--)
        {
            FilterInterest interest = SubscriptionCodec.ReadInterest(ref input);
            RemoteListener remote = (interest.ToAll, interest.TransientOnly) switch
            {
                (1, 0) => toAll,
                (0, 1) => transientOnly,
                _ => new RemoteListener(peer, _epoch, interest.ToAll, interest.TransientOnly),
            };
            table = table.With(interest.Filter, remote);
        }

        return table;
    }
}
