using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A message that was on its way while the leader changed: by the time it comes somebody else may have it.</summary>
public sealed class LateDeliveryTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task What_an_earlier_leader_sent_is_not_taken_once_the_next_one_has_asked_what_the_node_holds()
    {
        await using TestClient declarer = _cluster[0].Connect();
        QueueInfo queue = await declarer.DeclareAsync("q");
        int leader = _cluster.LeaderOf(queue.Group);
        TestNode node = _cluster[(leader + 1) % 3];
        await using TestClient consumer = node.Connect();
        await consumer.AttachAsync(queue, credit: 10);
        await consumer.PublishedAsync("q", "first");
        Delivery first = await consumer.Sink.DeliveredAsync();

        await _cluster.StopAsync(leader);
        await consumer.PublishedAsync("q", "second");
        Assert.Equal("second", TestClient.BodyOf(await consumer.Sink.DeliveredAsync()));

        var peer = new NodeId(((leader + 2) % 3) + 1);
        Hand(node, peer, consumer, queue, new DeliveryFence(1, 1), first);
        await consumer.PublishedAsync("q", "third");
        Assert.Equal("third", TestClient.BodyOf(await consumer.Sink.DeliveredAsync()));

        // From a leader that is newer than what the node knows it would be.
        Hand(node, peer, consumer, queue, new DeliveryFence(long.MaxValue, 1), first);
        Assert.Equal("first", TestClient.BodyOf(await consumer.Sink.DeliveredAsync()));
    }

    [Fact]
    public async Task What_comes_to_a_process_that_slept_past_its_lease_is_not_taken_and_the_client_goes()
    {
        using var directory = new TemporaryDirectory();
        var time = new SleepingTime();
        await using TestNode node = await TestNode.StartAsync(directory, time: time);
        await using TestClient client = node.Connect();
        QueueInfo queue = await client.DeclareAsync("q");
        await client.AttachAsync(queue, credit: 10);
        await client.PublishedAsync("q", "first");
        Delivery first = await client.Sink.DeliveredAsync();

        var connection = (BrokerConnection)client.Connection;
        time.Sleep(TimeSpan.FromSeconds(6));
        connection.Deliver(queue.Group, new DeliveryFence(long.MaxValue, 1), first);

        Assert.Equal(BrokerNode.LeaseLost, await client.Sink.Closing);
        Assert.Equal(0, client.Sink.DeliveredCount);
    }

    private static void Hand(
        TestNode node, NodeId from, TestClient to, QueueInfo queue, DeliveryFence fence, Delivery delivery)
    {
        ConnectionKey key = to.Connection.Key;
        var output = new ArrayBufferWriter<byte>();
        PeerCodec.WriteLife(output, key.Owner);
        PeerCodec.WriteFence(output, fence);
        output.WriteInt64(key.Number);
        MessageCodec.Write(output, delivery);
        ((IPeerHandler)node.Node).Received(
            from, PeerLane.Data, new PeerMessage((byte)PeerKind.Deliveries, queue.Group, output.WrittenMemory));
    }

    /// <summary>The system's clock, but for what the process has slept.</summary>
    private sealed class SleepingTime : TimeProvider
    {
        private long _slept;

        public void Sleep(TimeSpan time) => Interlocked.Add(ref _slept, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => System.GetTimestamp() + Interlocked.Read(ref _slept);
    }
}
