using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Sessions that go from node to node.</summary>
public sealed class SessionClusterTests : IAsyncLifetime
{
    private const string Name = "thermometer";
    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task Every_node_takes_over_from_every_other(int? expiryMs)
    {
        TestClient before = _cluster[0].Connect();
        ISession session = await before.OpenAsync(Name, expiryMs: expiryMs);
        for (int i = 1; i <= 6; i++)
        {
            TestClient next = _cluster[i % 3].Connect();
            ISession taken = await next.OpenAsync(Name, expiryMs: expiryMs);
            Assert.Equal(expiryMs is null, taken.IsPresent);
            Assert.Equal(Name, await before.Sink.TakenOverAsync());
            Assert.Equal(Reply.Gone, (await session.RecordInboundAsync(i, default)).Reply);
            Assert.Equal((Reply.Ok, expiryMs is null ? i : 1), await taken.RecordInboundAsync(i, default));
            await before.DisposeAsync();
            (before, session) = (next, taken);
        }

        await before.DisposeAsync();
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task A_new_leader_knows_who_has_a_session(int? expiryMs)
    {
        int leader = await LeaderAsync();
        await using TestClient first = _cluster[(leader + 1) % 3].Connect();
        await using TestClient second = _cluster[(leader + 2) % 3].Connect();
        ISession session = await first.OpenAsync(Name, expiryMs: expiryMs);
        Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("a", default, default));
        await _cluster.StopAsync(leader);

        Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("b", default, default));
        ISession taken = await second.OpenAsync(Name, expiryMs: expiryMs);
        Assert.Equal(Name, await first.Sink.TakenOverAsync());
        Assert.Equal(expiryMs is null ? 2 : 0, taken.Subscriptions.Count);
        Assert.Equal(Reply.Gone, await session.PutSubscriptionAsync("c", default, default));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0)]
    public async Task A_new_leader_knows_whose_a_session_is(int? expiryMs)
    {
        int leader = await LeaderAsync();
        await using TestClient owner = _cluster[(leader + 1) % 3].Connect();
        await using TestClient stranger = _cluster[(leader + 2) % 3].Connect("other");
        ISession session = await owner.OpenAsync(Name, clean: expiryMs == 0, expiryMs: expiryMs);
        Assert.Equal(Reply.AccessDenied, await stranger.TryOpenAsync(Name, clean: true));
        await _cluster.StopAsync(leader);

        // Whatever a leader says that the owner's node has not told of it yet, in the end the owner has it.
        Reply reply = await stranger.TryOpenAsync(Name, clean: true, expiryMs: 0);
        if (reply == Reply.Ok)
            Assert.Equal(Name, await stranger.Sink.TakenOverAsync());
        Assert.Equal(Reply.AccessDenied, await stranger.TryOpenAsync(Name, clean: true, expiryMs: 0));
        Assert.Equal(Reply.Ok, await session.PutSubscriptionAsync("a", default, default));
        Assert.Equal(0, owner.Sink.TakenOverCount);
    }

    [Fact]
    public async Task The_wills_of_a_node_that_leaves_are_published_once_and_its_sessions_are_free()
    {
        int leader = await LeaderAsync();
        await using TestClient reader = _cluster[(leader + 2) % 3].Connect();
        QueueInfo wills = await reader.DeclareAsync("wills");
        await reader.AttachAsync(wills);
        TestClient client = _cluster[leader].Connect();
        await client.OpenAsync(Name, will: client.Message("wills", "kept"));
        await client.OpenAsync("clean", clean: true, expiryMs: 0, will: client.Message("wills", "clean"));
        await _cluster.StopAsync(leader);

        string[] bodies =
        [
            TestClient.BodyOf(await reader.Sink.DeliveredAsync()), TestClient.BodyOf(await reader.Sink.DeliveredAsync()),
        ];
        Assert.Equal(["clean", "kept"], bodies.Order());
        Assert.True((await reader.OpenAsync(Name)).IsPresent);
        Assert.False((await reader.OpenAsync("clean")).IsPresent);
        Assert.Equal(0, (await reader.StatusAsync(wills)).Ready);
        Assert.Equal(0, reader.Sink.DeliveredCount);
    }

    /// <summary>A cluster that has just started may have none for a moment.</summary>
    private async Task<int> LeaderAsync()
    {
        GroupId group = _cluster[0].Node.Directory.GroupOf(_cluster[0].Node.FindNamespace("/")!.Value, Name);
        int leader = -1;
        await TestNode.UntilAsync(() => (leader = _cluster.LeaderOf(group)) >= 0);
        return leader;
    }
}
