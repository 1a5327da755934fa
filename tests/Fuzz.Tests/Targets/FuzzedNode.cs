using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>A real node, alone in its cluster, with a disk in memory and one peer. Lasts as long as the process.</summary>
internal sealed class FuzzedNode
{
    public static readonly NodeId Id = new(1);

    /// <summary>Only ends a test that hangs.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly BrokerNode _node;
    private readonly NodeIncarnation _peer;

    private FuzzedNode(BrokerNode node, NodeIncarnation peer)
    {
        _node = node;
        _peer = peer;
    }

    /// <summary>Why it stopped; null: it has not.</summary>
    public Exception? Failure => _node.Failed.Exception?.InnerException;

    private IPeerHandler Handler => _node;

    /// <summary>Starts one; its first data group has something of everything.</summary>
    /// <param name="peer">The life of the peer, which is connected.</param>
    public static FuzzedNode Start(NodeIncarnation peer)
    {
        var options = new NodeOptions { Id = Id, DataDirectory = "none", DataGroups = 1 };
        var disk = new InMemoryDisk(Guid.NewGuid());
        var record = BootstrapRecord.Make(options, [new BootstrapRecord.Replica(Id.Value, disk.StoreId)], out _);
        BrokerNode node = BrokerNode.Make(options, new NodeParts(
            new InMemoryLogStore(disk), record, TimeProvider.System, NullLoggerFactory.Instance)
        {
            Transport = _ => new NowhereTransport(),
        });
        node.Launch();
        node.WhenReadyAsync(CancellationToken.None).WaitAsync(Patience).GetAwaiter().GetResult();
        var fuzzed = new FuzzedNode(node, peer);
        fuzzed.Handler.PeerConnected(fuzzed.Handler.Hello with { Node = peer.Node, StoreId = Guid.NewGuid() });
        fuzzed.Receive(new PeerMessage(
            (byte)PeerKind.LaneBatch, new GroupId(1), MachineTargets.Batch(MachineTargets.Lasting, number: 1)));
        return fuzzed;
    }

    /// <summary>Returns when the message's group has done with it.</summary>
    /// <exception cref="FuzzFailure">The node stopped, by this message or, where it works beside its groups, by one before
    /// it.</exception>
    public void Receive(in PeerMessage message)
    {
        Handler.Received(_peer.Node, PeerLane.Data, message);
        // A pass takes all that came before it works: the second mark is read when the first one's pass is over.
        Mark(message.Group);
        Mark(message.Group);
        if (Failure is { } failure)
            throw new FuzzFailure($"the node stopped: {failure.Message}", failure);
    }

    private void Mark(GroupId group)
    {
        GroupHost? host = group.IsLocal ? _node.Life?.Local : _node.Hosts.FirstOrDefault(one => one.Group == group);
        if (host is null)
            return;
        var mark = new TaskCompletionSource();
        host.Post(new GroupEvent.Run(mark.SetResult));
        Task.WhenAny(mark.Task, _node.Failed).WaitAsync(Patience).GetAwaiter().GetResult();
    }

    /// <summary>Takes everything and brings it nowhere.</summary>
    private sealed class NowhereTransport : IPeerTransport
    {
        public bool Send(NodeId to, PeerLane lane, in PeerMessage message) => true;

        public PeerHello? Connected(NodeId peer) => null;

        public void Reset(NodeId peer)
        {
            // There is no connection.
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
