using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Clients;

/// <summary>A client's connection to one life of one node.</summary>
internal sealed class ClientSession : ISubscriberSink, IDisposable
{
    private readonly World _world;
    private readonly Dice _dice;
    private readonly CancellationTokenSource _lost = new();
    private bool _isOver;

    public ClientSession(World world, SimulatedNode node, NamespaceId ns, long number)
    {
        _world = world;
        (Node, NodeLife) = (node, node.Life);
        Number = number;
        _dice = world.Dice.Fork($"session {number}");
        Connection = node.Broker!.Connect(new ConnectionOptions(Anyone.Instance, ns, "simulation", "", this));
    }

    /// <summary>Counts all sessions of the world.</summary>
    public long Number { get; }

    public SimulatedNode Node { get; }

    /// <summary>Which of its lives.</summary>
    public int NodeLife { get; }

    public IBrokerConnection Connection { get; }

    /// <summary>The connection is broken, or the node has sent the client away.</summary>
    public CancellationToken Lost => _lost.Token;

    public Action<ulong, PublishOutcome>? OnPublished { get; set; }

    public Action<Delivery>? OnDelivered { get; set; }

    public Action<int>? OnCancelled { get; set; }

    /// <summary>The way to the node: a moment, or as long as the node's process is suspended. Who has died this moment is
    /// not reached: the connection is about to be lost.</summary>
    public async Task ReachAsync()
    {
        await _world.DelayAsync(_dice.Between(50, 500), Lost).ConfigureAwait(false);
        while (Node.IsPaused || !Node.IsUp)
            await _world.DelayAsync(10_000, Lost).ConfigureAwait(false);
    }

    public Task PauseAsync(long us) => _world.DelayAsync(us, Lost);

    /// <summary>Not within the call of whoever found out.</summary>
    public void Lose() => _world.Agenda.After(0, () =>
    {
        if (!_isOver)
            _lost.Cancel();
    });

    /// <summary>Nobody waits for anything of it any more.</summary>
    public void Dispose()
    {
        _isOver = true;
        _lost.Dispose();
    }

    void IConnectionSink.Published(ulong tag, PublishOutcome outcome) => OnPublished?.Invoke(tag, outcome);

    void IConnectionSink.Delivered(Delivery delivery) => OnDelivered?.Invoke(delivery);

    void IConnectionSink.Cancelled(int consumer) => OnCancelled?.Invoke(consumer);

    void IConnectionSink.Flush()
    {
        // Everything is seen at once.
    }

    void IConnectionSink.Blocked(string? reason)
    {
        // These clients wait for room by themselves.
    }

    void ISubscriberSink.Heard(StoredMessage message, string? shareGroup, string? pattern)
    {
        // They listen to nothing in memory.
    }

    void ISubscriberSink.TakenOver(string session)
    {
        // Who does not care to listen learns it from the answers.
    }

    void IConnectionSink.Closing(string reason) => Lose();
}
