using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Sessions of one node, as an adapter has them.</summary>
public sealed class SessionNodeTests
{
    private const string Name = "thermometer";

    [Fact]
    public async Task What_a_session_has_outlives_connection_and_node()
    {
        using var directory = new TemporaryDirectory();
        long id;
        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient client = node.Connect();
            ISession session = await client.OpenAsync(Name);
            Assert.False(session.IsPresent);
            id = session.Id;
            Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("a/+", new byte[] { 1 }, default));
            Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("b", new byte[] { 2 }, default));
            Assert.Equal(Reply.Ok, await session.RemoveSubscriptionAsync("b", default));
            Assert.Equal((Reply.Ok, 1), await session.RecordInboundAsync(7, default));
            Assert.Equal((Reply.Ok, 2), await session.RecordInboundAsync(8, default));
            Assert.Equal(Reply.Ok, await session.ForgetInboundAsync(7, default));
            Assert.Equal(Reply.Ok, await session.RecordReleasedAsync(40, default));
            Assert.Equal(Reply.Ok, await session.RecordReleasedAsync(41, default));
            session.ForgetReleased(40);
        }

        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient client = node.Connect();
            ISession session = await client.OpenAsync(Name);
            Assert.Equal((true, id), (session.IsPresent, session.Id));
            Assert.Equal("a/+", Assert.Single(session.Subscriptions).Key);
            Assert.Equal(1, session.Subscriptions[0].Value.Span[0]);
            Assert.Equal(new KeyValuePair<int, long>(8, 2), Assert.Single(session.Inbound));
            Assert.Equal(41, Assert.Single(session.Released));
            Assert.Equal((Reply.Ok, 3), await session.RecordInboundAsync(7, default));
            Assert.Equal(Reply.Ok, await session.CloseAsync(new SessionEnd(false, 0), default));
            Assert.False((await client.OpenAsync(Name)).IsPresent);
        }
    }

    [Fact]
    public async Task What_must_not_outlive_its_connection_writes_nothing()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        GroupId group = GroupOf(node, Name);
        long applied = node.Node.AppliedIndexOf(group);
        ISession session = await client.OpenAsync(Name, clean: true, expiryMs: 0);
        Assert.Equal((false, 0), (session.IsPresent, session.Id));
        Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("a", default, default));
        Assert.Equal((Reply.Ok, 1), await session.RecordInboundAsync(7, default));
        Assert.Equal((Reply.Ok, 1), await session.RecordInboundAsync(7, default));
        Assert.Equal(Reply.Ok, await session.ForgetInboundAsync(7, default));
        Assert.Equal((Reply.Ok, 2), await session.RecordInboundAsync(7, default));
        Assert.Equal(Reply.Ok, await session.CloseAsync(new SessionEnd(true, 0), default));
        session = await client.OpenAsync(Name, expiryMs: 0);
        Assert.Equal(applied, node.Node.AppliedIndexOf(group));

        // What an earlier one left is dropped, and that is written.
        await client.OpenAsync("other");
        await client.OpenAsync("other", clean: true, expiryMs: 0);
        Assert.False((await client.OpenAsync("other")).IsPresent);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task Another_connection_takes_over_and_the_first_is_told_once(int? expiryMs)
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient first = node.Connect();
        await using TestClient second = node.Connect();
        ISession lost = await first.OpenAsync(Name, clean: expiryMs == 0, expiryMs: expiryMs);
        ISession won = await second.OpenAsync(Name, expiryMs: expiryMs);
        Assert.Equal(Name, await first.Sink.TakenOverAsync());
        Assert.Equal(expiryMs is null, won.IsPresent);
        Assert.Equal(Reply.Gone, await lost.PutSubscriptionAsync("a", default, default));
        Assert.Equal(Reply.Gone, (await lost.RecordInboundAsync(1, default)).Reply);
        Assert.Equal(Reply.Gone, await lost.CloseAsync(new SessionEnd(true, 0), default));
        Assert.Equal(Reply.Ok, await won.PutSubscriptionAsync("a", default, default));
        await first.DisposeAsync();
        Assert.Equal(Reply.Ok, (await won.RecordInboundAsync(1, default)).Reply);
        Assert.Equal((0, 0), (first.Sink.TakenOverCount, second.Sink.TakenOverCount));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task Another_user_is_refused_and_the_owner_notices_nothing(int? expiryMs)
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient owner = node.Connect();
        await using TestClient stranger = node.Connect("other");
        ISession session = await owner.OpenAsync(Name, clean: expiryMs == 0, expiryMs: expiryMs);
        foreach (bool clean in (bool[])[true, false])
        {
            foreach (int? wanted in (int?[])[null, 0, 5_000])
                Assert.Equal(Reply.AccessDenied, await stranger.TryOpenAsync(Name, clean, wanted));
        }

        Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("a", default, default));
        Assert.Equal(0, owner.Sink.TakenOverCount);
        Assert.Equal(Reply.Ok, await session.CloseAsync(new SessionEnd(false, expiryMs), default));
        // One that lives on is its user's, whether somebody has it or not.
        Assert.Equal(
            expiryMs is null ? Reply.AccessDenied : Reply.Ok, await stranger.TryOpenAsync(Name, clean: true));
        if (expiryMs is null)
            Assert.Single((await owner.OpenAsync(Name)).Subscriptions);
    }

    [Theory]
    [InlineData("guest", false)]
    [InlineData("other", true)]
    public async Task Of_two_users_the_one_that_had_a_name_first_keeps_it_whom_ever_a_new_leader_let_in(
        string user, bool keeps)
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient second = node.Connect("other");
        await second.OpenAsync(Name, clean: true, expiryMs: 0);

        // Another node, which the leader had not heard of when it let this one in, had the name before.
        var claim = new SessionClaim(new SessionName(node.Node.FindNamespace("/")!.Value, Name), user, 7, Epoch: 1);
        var other = new NodeIncarnation(new NodeId(2), 1);
        Assert.True(node.Node.SendRequest(
            GroupOf(node, Name), new NodeRequest(other, 1, 0, new SessionAsk.Announce([claim]).ToPart())));
        if (!keeps)
            Assert.Equal(Name, await second.Sink.TakenOverAsync());
        await using TestClient third = node.Connect("other");
        Assert.Equal(
            keeps ? Reply.Ok : Reply.AccessDenied, await third.TryOpenAsync(Name, clean: true, expiryMs: 0));
    }

    [Fact]
    public async Task A_connection_that_ends_without_a_word_has_its_will_published_and_one_that_closes_well_has_not()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient reader = node.Connect();
        await reader.AttachAsync(await reader.DeclareAsync("wills"));
        await using (TestClient client = node.Connect())
        {
            ISession session = await client.OpenAsync("well", expiryMs: 0, will: client.Message("wills", "well"));
            Assert.Equal(Reply.Ok, await session.CloseAsync(new SessionEnd(false, null), default));
        }

        await using (TestClient client = node.Connect())
            await client.OpenAsync("clean", clean: true, expiryMs: 0, will: client.Message("wills", "clean"));
        await using (TestClient client = node.Connect())
            await client.OpenAsync("kept", will: client.Message("wills", "kept"));
        string[] bodies =
        [
            TestClient.BodyOf(await reader.Sink.DeliveredAsync()), TestClient.BodyOf(await reader.Sink.DeliveredAsync()),
        ];
        Assert.Equal(["clean", "kept"], bodies.Order());
        Assert.Equal(0, reader.Sink.DeliveredCount);
        Assert.False((await reader.OpenAsync("clean")).IsPresent);
        Assert.True((await reader.OpenAsync("kept")).IsPresent);
    }

    [Fact]
    public async Task A_will_of_a_node_that_died_is_published_when_it_comes_back()
    {
        using var directory = new TemporaryDirectory();
        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient reader = node.Connect();
            await reader.DeclareAsync("wills");
            // The node stops without this client's having closed anything.
            TestClient client = node.Connect();
            await client.OpenAsync(Name, clean: true, expiryMs: 0, will: client.Message("wills", "will"));
        }

        await using (TestNode node = await TestNode.StartAsync(directory))
        {
            await using TestClient reader = node.Connect();
            await reader.AttachAsync(reader.Connection.FindQueue("wills")!);
            Assert.Equal("will", TestClient.BodyOf(await reader.Sink.DeliveredAsync()));
        }
    }

    [Fact]
    public async Task A_message_that_was_recorded_and_published_twice_is_stored_once()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        QueueInfo queue;
        await using (TestClient client = node.Connect())
        {
            queue = await client.DeclareAsync("q");
            await PublishAsync(client, await client.OpenAsync(Name), 7);
        }

        await using (TestClient client = node.Connect())
        {
            ISession session = await client.OpenAsync(Name);
            await PublishAsync(client, session, 7);
            Assert.Equal(1, (await client.StatusAsync(queue)).Ready);
            await session.ForgetInboundAsync(7, default);
            await PublishAsync(client, session, 7);
            Assert.Equal(2, (await client.StatusAsync(queue)).Ready);
        }
    }

    [Fact]
    public async Task Names_may_be_long_but_not_too_long()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient client = node.Connect();
        string longest = new('n', 65_535);
        ISession session = await client.OpenAsync(longest);
        await session.CloseAsync(new SessionEnd(false, null), default);
        Assert.True((await client.OpenAsync(longest)).IsPresent);
        foreach (string name in (string[])["", longest + "n"])
        {
            (Reply reply, _) = await client.Connection.Sessions.OpenAsync(
                new SessionOpening(name, false, null, null, 0), default);
            Assert.Equal(Reply.BadName, reply);
        }
    }

    [Fact]
    public async Task An_opening_that_is_given_up_leaves_nothing_open()
    {
        using var directory = new TemporaryDirectory();
        await using TestNode node = await TestNode.StartAsync(directory);
        await using TestClient reader = node.Connect();
        QueueInfo wills = await reader.DeclareAsync("wills");
        await using (TestClient client = node.Connect())
        {
            using var given = new CancellationTokenSource();
            ValueTask<(Reply, ISession?)> opening = client.Connection.Sessions.OpenAsync(
                new SessionOpening(Name, false, 0, client.Message("wills", "will"), 0), given.Token);
            await given.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await opening);
        }

        Assert.False((await reader.OpenAsync(Name)).IsPresent);
        Assert.Equal(0, (await reader.StatusAsync(wills)).Ready);
    }

    private static GroupId GroupOf(TestNode node, string name) =>
        node.Node.Directory.GroupOf(node.Node.FindNamespace("/")!.Value, name);

    private static async Task PublishAsync(TestClient client, ISession session, int id)
    {
        (Reply reply, long number) = await session.RecordInboundAsync(id, default);
        Assert.Equal(Reply.Ok, reply);
        PublishOutcome outcome = await client.PublishAsync(
            client.Message("q", "a") with { Producer = new ProducerNumber(session.Id, number) });
        Assert.Equal(Reply.Ok, outcome.Reply);
    }
}
