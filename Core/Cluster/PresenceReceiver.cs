using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The clients of one other node as this one was told of them. Under the desk's lock.</summary>
/// <param name="peer">The other node.</param>
/// <param name="disappeared">A client is there no more.</param>
/// <param name="lost">What is left of a life when another one begins.</param>
internal sealed class PresenceReceiver(NodeId peer, Action<SessionName> disappeared, Action<LostList> lost)
    : ListReceiver(peer)
{
    private Dictionary<SessionName, PresenceEntry> _clients = [];
    private bool _wasWhole;

    public bool HasAny => _clients.Count > 0;

    public bool Has(SessionName name) => _clients.ContainsKey(name);

    /// <summary>Takes a batch in; see <see cref="ListReceiver.Receive"/>.</summary>
    public ReadOnlyMemory<byte>? Take(ReadOnlyMemory<byte> payload, Func<NodeIncarnation, bool> isOver) =>
        Receive(payload, isOver);

    /// <summary>Its life is over: its clients are lost.</summary>
    public void Lose()
    {
        if (_clients.Count > 0)
            lost(new LostList(Life, _clients, _wasWhole));
        _clients = [];
        _wasWhole = false;
        Forget();
    }

    protected override void Begin(NodeIncarnation life) => Lose();

    protected override void Apply(ref StateReader input)
    {
        PresenceChange change = PresenceChange.Read(ref input);
        if (change.Card is not null)
            _clients[change.Name] = new PresenceEntry(change.Card, Epoch);
        else if (_clients.Remove(change.Name))
            disappeared(change.Name);
    }

    protected override void Complete()
    {
        _wasWhole = true;
        foreach ((SessionName name, (_, long epoch)) in _clients)
        {
            // Taking out while going through is allowed, and this goes through all of them once per connection.
            if (epoch < Epoch && _clients.Remove(name))
                disappeared(name);
        }
    }
}
