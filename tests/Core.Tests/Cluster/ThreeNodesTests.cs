using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class ThreeNodesTests : IAsyncLifetime
{
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task What_one_node_declares_another_publishes_to_at_once_and_a_third_consumes()
    {
        await using TestClient declarer = _cluster[0].Connect();
        await using TestClient publisher = _cluster[1].Connect();
        await using TestClient consumer = _cluster[2].Connect();
        for (int i = 0; i < 10; i++)
        {
            QueueInfo queue = await declarer.DeclareAsync($"q-{i}");
            await publisher.PublishedAsync(queue.Name, $"m-{i}");
            await consumer.AttachAsync(queue);
            Delivery delivery = await consumer.Sink.DeliveredAsync();
            Assert.Equal($"m-{i}", TestClient.BodyOf(delivery));
            consumer.Settle(delivery);
        }
    }

    [Fact]
    public async Task More_than_the_transport_takes_in_one_message_reaches_a_consumer_on_another_node()
    {
        await using TestClient client = _cluster[0].Connect();
        QueueInfo queue = await client.DeclareAsync("q");
        await using TestClient consumer = _cluster[(_cluster.LeaderOf(queue.Group) + 1) % 3].Connect();
        byte[] body = new byte[1024 * 1024];
        for (int i = 0; i < 90; i++)
        {
            ulong tag = client.Publish("", "q", new System.Buffers.ReadOnlySequence<byte>(body));
            Assert.Equal(Reply.Ok, (await client.Sink.PublishedAsync(tag)).Reply);
        }

        await consumer.AttachAsync(queue, credit: 100);

        HashSet<long> seen = [];
        while (seen.Count < 90)
            seen.Add((await consumer.Sink.DeliveredAsync()).Sequence);
    }

    [Fact]
    public async Task Nothing_confirmed_is_lost_and_nobody_is_asked_twice_when_a_leader_stops_while_messages_are_published()
    {
        await using TestClient client = _cluster[0].Connect();
        QueueInfo queue = await client.DeclareAsync("q");
        int leader = _cluster.LeaderOf(queue.Group);
        int survivor = (leader + 1) % 3;
        await using TestClient publisher = _cluster[survivor].Connect();
        await using TestClient consumer = _cluster[(leader + 2) % 3].Connect();
        await consumer.AttachAsync(queue, credit: 1000);

        List<ulong> tags = [];
        for (int i = 0; i < 200; i++)
            tags.Add(publisher.Publish("", "q", $"m-{i}"));
        Task stopping = _cluster.StopAsync(leader);
        for (int i = 200; i < 400; i++)
            tags.Add(publisher.Publish("", "q", $"m-{i}"));
        foreach (ulong tag in tags)
            Assert.Equal(Reply.Ok, (await publisher.Sink.PublishedAsync(tag)).Reply);
        await stopping;

        // What is held by a live consumer is handed to nobody else, and nothing is handed out twice.
        HashSet<string> bodies = [];
        while (bodies.Count < 400)
            Assert.True(bodies.Add(TestClient.BodyOf(await consumer.Sink.DeliveredAsync())));
        QueueStatus status = await publisher.StatusAsync(queue);
        Assert.Equal((0, 400), (status.Ready, status.Held));
    }

    [Fact]
    public async Task A_node_that_stops_in_good_order_is_gone_at_once_and_leads_nothing()
    {
        int directory = _cluster.LeaderOf(GroupId.Directory);
        TestNode stopping = _cluster[directory];
        TestNode other = _cluster[(directory + 1) % 3];
        await using (TestClient client = stopping.Connect())
            await client.DeclareAsync("bound", durable: false);

        await _cluster.StopAsync(directory);

        // Committed before it went: no lease has to run out.
        await using TestClient left = other.Connect();
        QueueInfo again = await left.DeclareAsync("bound", durable: false);
        Assert.Equal(GroupId.LocalOf(other.Node.Directory.FindNode(new NodeId((directory + 1) % 3 + 1))!.Incarnation.Node), again.Group);
        Assert.Null(other.Node.Directory.FindNode(new NodeId(directory + 1)));
        Assert.DoesNotContain(
            new NodeId(directory + 1),
            Enumerable.Range(0, 3).Select(group => other.Node.LeaderOf(new GroupId(group))));
    }

    [Fact]
    public async Task A_node_that_comes_back_routes_by_all_that_was_declared_meanwhile_when_it_is_ready()
    {
        await _cluster.StopAsync(2);
        await using TestClient client = _cluster[0].Connect();
        for (int i = 0; i < 20; i++)
            await client.DeclareAsync($"q-{i}");

        await _cluster.StartAsync(2);
        await _cluster[2].ReadyAsync();

        await using TestClient back = _cluster[2].Connect();
        await back.PublishedAsync("q-19", "a");
        Assert.Equal("a", TestClient.BodyOf(await client.GetAsync((await client.DeclareAsync("q-19")))));
    }
}
