using System.Collections.Concurrent;
using Cmq.MultiProtocol.Core.Broker;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Clients that are there, and the end of those whose node goes.</summary>
public sealed class PresenceTests : IAsyncLifetime
{
    private readonly Watcher[] _watchers = [new(), new(), new()];
    private TestCluster _cluster = null!;

    public async Task InitializeAsync()
    {
        _cluster = await TestCluster.StartAsync();
        for (int i = 0; i < 3; i++)
            _cluster[i].Node.WatchLost(_watchers[i]);
    }

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task The_clients_of_a_node_that_goes_are_told_of_once_by_one_of_the_others(int going)
    {
        const int Clients = 1_200;
        TestClient client = _cluster[going].Connect();
        TestClient other = _cluster[(going + 1) % 3].Connect();
        Assert.True(await AppearAsync(await other.OpenAsync("stays", expiryMs: 0)));
        for (int i = 0; i < Clients; i++)
        {
            ISession session = await client.OpenAsync($"device-{i}", clean: true, expiryMs: 0);
            Assert.True(await AppearAsync(session, i));
            if (i % 3 == 0)
                session.Disappear();
            if (i % 3 == 1 && i % 2 == 0)
                await session.CloseAsync(new SessionEnd(false, 0), default);
        }

        // Does not end its sessions.
        await _cluster.StopAsync(going);
        string[] expected =
        [
            .. Enumerable.Range(0, Clients).Where(i => i % 3 != 0 && !(i % 3 == 1 && i % 2 == 0))
                .Select(i => $"device-{i}: {i % 200}").Order(),
        ];
        await TestNode.UntilAsync(() => Told().Length >= expected.Length);
        // On each of the others one of them comes back, which it may when there is nothing left to tell there.
        await using TestClient back = _cluster[(going + 2) % 3].Connect();
        Assert.True(await AppearAsync(await other.OpenAsync("device-1")).WaitAsync(TestNode.Patience));
        Assert.True(await AppearAsync(await back.OpenAsync("device-5")).WaitAsync(TestNode.Patience));
        Assert.Equal(expected, Told().Order());
        Assert.Single(_watchers, watcher => !watcher.Lost.IsEmpty);
        await other.DisposeAsync();
    }

    [Fact]
    public async Task Who_comes_back_elsewhere_is_there_when_the_end_of_where_it_was_is_told()
    {
        TestClient before = _cluster[2].Connect();
        Assert.True(await AppearAsync(await before.OpenAsync("device"), 1));
        TestClient after = _cluster[1].Connect();
        ISession session = await after.OpenAsync("device");
        // The word of the first appearance reaches this node before that of the session's opening, or with it.
        Task<bool> appearing = AppearAsync(session, 2);
        _watchers[0].Gate = new TaskCompletionSource();
        await _cluster.StopAsync(2);
        await TestNode.UntilAsync(() => Told().Length == 1);
        Assert.Equal(["device: 1"], Told());
        Assert.False(appearing.IsCompleted);

        _watchers[0].Gate!.SetResult();
        Assert.True(await appearing.WaitAsync(TestNode.Patience));
        await after.DisposeAsync();
    }

    [Fact]
    public async Task Who_comes_back_to_a_node_that_came_back_is_there_when_its_end_is_told()
    {
        TestClient before = _cluster[2].Connect();
        Assert.True(await AppearAsync(await before.OpenAsync("device"), 1));
        Assert.True(await AppearAsync(await before.OpenAsync("another"), 2));
        _watchers[0].Gate = new TaskCompletionSource();
        await _cluster.StopAsync(2);
        await _cluster.StartAsync(2);
        await _cluster[2].ReadyAsync();
        await using TestClient after = _cluster[2].Connect();
        Task<bool> appearing = AppearAsync(await after.OpenAsync("device"), 3);
        Task<bool> fresh = AppearAsync(await after.OpenAsync("fresh"), 4);
        await TestNode.UntilAsync(() => Told().Length == 2);
        await Task.Delay(500);
        Assert.False(appearing.IsCompleted || fresh.IsCompleted);

        _watchers[0].Gate!.SetResult();
        Assert.True(await appearing.WaitAsync(TestNode.Patience));
        Assert.True(await fresh.WaitAsync(TestNode.Patience));
        Assert.Equal(["another: 2", "device: 1"], Told().Order());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Who_takes_over_is_there_when_the_other_connection_is_no_more(int next)
    {
        TestClient first = _cluster[1].Connect();
        ISession lost = await first.OpenAsync("device");
        Assert.True(await AppearAsync(lost));
        await KnownEverywhereAsync(first);
        await using TestClient second = _cluster[next].Connect();
        Task<bool> appearing = AppearAsync(await second.OpenAsync("device"));
        await first.Sink.TakenOverAsync();
        await Task.Delay(200);
        Assert.False(appearing.IsCompleted);
        await first.DisposeAsync();
        Assert.True(await appearing.WaitAsync(TestNode.Patience));
    }

    [Fact]
    public async Task Who_gives_up_waiting_is_not_there()
    {
        await using TestClient first = _cluster[1].Connect();
        Assert.True(await AppearAsync(await first.OpenAsync("device")));
        TestClient second = _cluster[1].Connect();
        Task<bool> appearing = AppearAsync(await second.OpenAsync("device"));
        await second.DisposeAsync();
        await first.DisposeAsync();
        Assert.False(await appearing.WaitAsync(TestNode.Patience));
        await using TestClient third = _cluster[0].Connect();
        Assert.True(await AppearAsync(await third.OpenAsync("device")).WaitAsync(TestNode.Patience));
    }

    private string[] Told() => [.. _watchers.SelectMany(watcher => watcher.Lost)];

    /// <summary>What a node's clients are goes out as its filters do, over the same connections, and whoever listens is
    /// answered when every node has the filter. Two of them: the list of clients may have waited for an earlier batch of
    /// its own to be taken, which it was when the first is answered.</summary>
    private static async Task KnownEverywhereAsync(TestClient client)
    {
        await client.ListenAsync("amq.topic", "one");
        await client.ListenAsync("amq.topic", "two");
    }

    private static Task<bool> AppearAsync(ISession session, int card = 0) =>
        session.AppearAsync(new[] { (byte)(card % 200) }, CancellationToken.None).AsTask();

    private sealed class Watcher : ILostClients
    {
        public ConcurrentQueue<string> Lost { get; } = [];

        public TaskCompletionSource? Gate { get; set; }

        public async ValueTask LostAsync(IReadOnlyList<LostClient> clients, CancellationToken cancellation)
        {
            foreach (LostClient client in clients)
                Lost.Enqueue($"{client.Session}: {client.Card.Span[0]}");
            if (Gate is { } gate)
                await gate.Task.WaitAsync(cancellation);
        }
    }
}
