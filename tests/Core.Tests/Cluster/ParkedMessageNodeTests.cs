using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Parked messages as an adapter has them.</summary>
public sealed class ParkedMessageNodeTests
{
    private static readonly Parking Prepared = new("shop", null, null);

    [Fact]
    public async Task A_parked_message_reaches_its_queue_when_it_is_shown_also_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        long shown, dropped;
        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient client = node.Connect();
            QueueInfo queue = await client.DeclareAsync("q");
            shown = await ParkAsync(client, "shown", Prepared);
            dropped = await ParkAsync(client, "dropped", Prepared);
            Assert.NotEqual(Positions.GroupOf(shown), Positions.GroupOf(dropped));
            Assert.Equal(0, (await client.StatusAsync(queue)).Ready);
        }

        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient client = node.Connect();
            await client.AttachAsync(client.Connection.FindQueue("q")!);
            IParkedMessages parked = client.Connection.Parked;
            Assert.Equal(Reply.Gone, await parked.DropAsync(dropped, "other", CancellationToken.None));
            Assert.Equal((Reply.Ok, ""), await parked.FindTopicAsync(dropped, Prepared.Owner, CancellationToken.None));
            Assert.Equal((Reply.Gone, null), await parked.FindTopicAsync(dropped, "other", CancellationToken.None));
            Assert.Equal((Reply.Gone, null), await parked.FindTopicAsync(-1, Prepared.Owner, CancellationToken.None));
            Assert.Equal(
                PublishAdmission.TooLarge,
                client.Connection.Publish(
                    client.Message("q", "x") with { Park = Prepared with { Owner = new string('o', 256) } }, 1_000));
            Assert.Equal(Reply.Ok, await parked.DropAsync(dropped, Prepared.Owner, CancellationToken.None));
            Assert.Equal(Reply.Ok, await parked.ShowAsync(shown, Prepared.Owner, CancellationToken.None));
            Assert.Equal(Reply.Gone, await parked.ShowAsync(shown, Prepared.Owner, CancellationToken.None));
            Assert.Equal(Reply.Gone, await parked.ShowAsync(dropped, Prepared.Owner, CancellationToken.None));
            Assert.Equal((Reply.Gone, null), await parked.FindTopicAsync(shown, Prepared.Owner, CancellationToken.None));
            Assert.Equal(Reply.Gone, await parked.DropAsync(-1, Prepared.Owner, CancellationToken.None));
            Delivery delivery = await client.Sink.DeliveredAsync();
            Assert.Equal(("shown", false), (TestClient.BodyOf(delivery), delivery.Redelivered));
            Assert.Null(delivery.Message.Overlay);
        }
    }

    [Fact]
    public async Task A_delay_shows_it_by_itself_and_a_large_body_goes_with_it()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        await client.AttachAsync(await client.DeclareAsync("q"));
        string body = new('x', 700 * 1024);
        await ParkAsync(client, body, new Parking("", 50, new GroupId(2)));
        await ParkAsync(client, body, new Parking("", 50, new GroupId(1)));
        Assert.Equal(body, TestClient.BodyOf(await client.Sink.DeliveredAsync()));
        Assert.Equal(body, TestClient.BodyOf(await client.Sink.DeliveredAsync()));
    }

    [Fact]
    public async Task Prepared_messages_are_listed_for_who_asks_and_not_twice_in_a_row()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        await client.DeclareAsync("q");
        var group = new GroupId(1);
        long first = await ParkAsync(client, "first", Prepared with { Group = group });
        long second = await ParkAsync(client, "second", Prepared with { Group = group });
        await ParkAsync(client, "timed", new Parking("shop", 3_600_000, group));
        await ParkAsync(client, "nobody's", new Parking("", null, group));

        IReadOnlyList<ParkedMessage> listed = await ListAsync(client, group, 0, most: 1);
        Assert.Equal([first], listed.Select(one => one.Position));
        Assert.Equal(("shop", 0), (listed[0].Owner, listed[0].TimesListed));
        Assert.Equal("first", Encoding.UTF8.GetString(listed[0].Message.Body));
        Assert.Empty(await ListAsync(client, group, 3_600_000, most: 10));
        listed = await ListAsync(client, group, 0, most: 10);
        Assert.Equal([second, first], listed.Select(one => one.Position));
        Assert.Equal([0, 1], listed.Select(one => one.TimesListed));
        Assert.Equal(
            (Reply.NotAllowed, 0), await Count(client, new GroupId(3)));
    }

    private static async Task<long> ParkAsync(TestClient client, string body, Parking parking)
    {
        PublishOutcome outcome = await client.PublishAsync(client.Message("q", body) with { Park = parking });
        Assert.Equal(Reply.Ok, outcome.Reply);
        Assert.True(outcome.Position >= 0);
        return outcome.Position;
    }

    private static async Task<IReadOnlyList<ParkedMessage>> ListAsync(
        TestClient client, GroupId group, long olderThanMs, int most)
    {
        (Reply reply, IReadOnlyList<ParkedMessage> messages) =
            await client.Connection.Parked.ListAsync(group, olderThanMs, most, CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return messages;
    }

    private static async Task<(Reply, int)> Count(TestClient client, GroupId group)
    {
        (Reply reply, IReadOnlyList<ParkedMessage> messages) =
            await client.Connection.Parked.ListAsync(group, 0, 10, CancellationToken.None);
        return (reply, messages.Count);
    }
}
