using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Cmq.MultiProtocol.Core.Tests.Transport;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Messages of a peer that has the cluster's secret, and is of another build or no member at all.</summary>
public sealed class PeerMessageTests : IAsyncLifetime, IDisposable
{
    private const int Disconnected = 1201;
    private const byte TickCommand = (byte)QueueCommandKind.Tick;

    private static readonly NodeId Stranger = new(2);
    private static readonly GroupId DataGroup = new(1);

    private readonly CancellationTokenSource _deadline = new(TestNode.Patience);
    private readonly TemporaryDirectory _directory = new();
    private readonly NodeLog _log = new();
    private PeerListener _listener = null!;
    private BrokerNode _node = null!;

    private static NodeIncarnation Life => new(Stranger, 7);

    /// <summary>By what is wrong with it; without a cluster only a record may be offered.</summary>
    private static readonly Dictionary<string, PeerMessage> Messages = new()
    {
        ["a record that is none"] = Message(PeerKind.Bootstrap, GroupId.Directory, "{"u8.ToArray()),
        ["a kind that is unknown"] = Message((PeerKind)99, GroupId.Directory, []),
        ["a Raft message that is cut"] = Message(PeerKind.Raft, DataGroup, new byte[12]),
        ["an answer without its end"] = Message(PeerKind.LaneAnswer, DataGroup, new byte[5]),
        ["a batch that is none"] = Message(PeerKind.LaneBatch, DataGroup, new byte[60]),
        ["a batch of the leader's own lane"] = Batch(LaneSource.Leader, [TickCommand]),
        ["a batch of another node's lane"] = Batch(LaneSource.Of(new NodeIncarnation(new NodeId(1), 1)), [TickCommand]),
        ["a command that is unknown"] = Batch(LaneSource.Of(Life), [255]),
        ["a question to a queue for the directory"] = Request(new QueueAsk.Purge(new QueueId(1)), GroupId.Directory),
        ["a question to the directory for queues"] = Request(new DirectoryAsk.Leave(), DataGroup),
        ["a part that is unknown"] = Request(new PartAsk(99, default), DataGroup),
        ["a question that its part cannot read"] = Request(new PartAsk(PartitionAsk.Part, new byte[3]), DataGroup),
        ["a fence that is cut"] = Message(PeerKind.Resync, DataGroup, new byte[9]),
        ["an heir that is cut"] = Message(PeerKind.HandOver, new GroupId(77), new byte[3]),
        ["free space without a word"] = Message(PeerKind.Space, GroupId.Directory, []),
        ["a mark that is cut"] = Message(PeerKind.HeardMark, GroupId.Directory, new byte[7]),
        ["a life that is cut"] = Message(PeerKind.EarlierTold, GroupId.Directory, new byte[11]),
        ["a chunk that is none"] = Message(PeerKind.SnapshotBegin, DataGroup, new byte[16]),
        ["a verdict on no chunk"] = SnapshotChunks.Answer(DataGroup, 1, SnapshotVerdict.Stored, long.MaxValue),
    };

    public static TheoryData<string> Malformed => [.. Messages.Keys];

    public async Task InitializeAsync()
    {
        var options = new NodeOptions { DataDirectory = _directory.Path, DataGroups = 2, SegmentBits = 24 };
        _node = await BrokerNode.StartAsync(options, TimeProvider.System, _log, CancellationToken.None);
        _listener = await PeerListener.StartAsync();
        _listener.Handle = _node.HandlePeerAsync;
        await _node.WhenReadyAsync(_deadline.Token);
    }

    public async Task DisposeAsync()
    {
        await _node.DisposeAsync();
        await _listener.DisposeAsync();
    }

    public void Dispose()
    {
        _directory.Dispose();
        _deadline.Dispose();
    }

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_malformed_message_costs_the_peer_its_connection_and_the_node_serves_on(string what)
    {
        PeerMessage message = Messages[what];
        PeerHello own = ((IPeerHandler)_node).Hello;
        var handler = new RecordingHandler(own with
        {
            Node = Stranger,
            StoreId = Guid.NewGuid(),
            ClusterId = message.Kind == (byte)PeerKind.Bootstrap ? Guid.Empty : own.ClusterId,
        });
        await using var peer = new PeerTransport(
            new PeerTransportOptions { Node = Stranger },
            new Talkative(handler),
            TimeProvider.System,
            NullLoggerFactory.Instance);
        peer.Start([new PeerAddress(own.Node, "127.0.0.1", _listener.Port)]);
        Assert.StartsWith("connected 1", await handler.NextEvent());

        Assert.True(peer.Send(own.Node, PeerLane.Data, message));

        Task<string> next = handler.NextEvent();
        await Task.WhenAny(next, _node.Failed);
        Assert.True(_node.IsLive);
        Assert.Equal("disconnected 1", await next);
        string line = await _log.WaitFor(Disconnected, $"{(PeerKind)message.Kind} for group {message.Group}", _deadline.Token);
        Assert.Contains("node 2", line, StringComparison.Ordinal);
        await using var client = new TestClient(_node, "guest");
        QueueInfo queue = await client.DeclareAsync("q");
        await client.AttachAsync(queue);
        await client.PublishedAsync("q", "a");
        Assert.Equal("a", TestClient.BodyOf(await client.Sink.DeliveredAsync()));
        Assert.True(_node.IsLive);
    }

    private static PeerMessage Message(PeerKind kind, GroupId group, byte[] payload) => new((byte)kind, group, payload);

    private static PeerMessage Request(object body, GroupId group) =>
        new((byte)PeerKind.Request, group, PeerCodec.WriteRequest(new NodeRequest(Life, 1, 0, body)));

    private static PeerMessage Batch(LaneSource source, byte[] command)
    {
        var batch = new BatchBuilder();
        batch.Add(command);
        return new PeerMessage((byte)PeerKind.LaneBatch, DataGroup, batch.Seal(BatchKind.Machine, source, 1, 0));
    }

    /// <summary>Keeps the events, and belongs to whatever cluster it finds.</summary>
    private sealed class Talkative(RecordingHandler handler) : IPeerHandler
    {
        public PeerHello Hello => handler.Hello;

        public string? Refuse(PeerHello hello) => null;

        public void Received(NodeId from, PeerLane lane, in PeerMessage message) => handler.Received(from, lane, message);

        public void PeerConnected(PeerHello hello) => handler.PeerConnected(hello);

        public void PeerDisconnected(NodeId peer) => handler.PeerDisconnected(peer);
    }
}
