using System.Diagnostics;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Consumer groups and advertised addresses over three nodes.</summary>
public sealed class ConsumerGroupTests : IAsyncLifetime
{
    private const int Long = 60_000;

    /// <summary>Partitions are counted from here: the directory does not know them yet. What it knows to be gone is
    /// forgotten.</summary>
    private const long Unborn = 1_000_000;

    private TestCluster _cluster = null!;

    public async Task InitializeAsync() => _cluster = await TestCluster.StartAsync();

    public async Task DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task Members_on_all_nodes_are_told_of_every_joining_change_and_leaving()
    {
        await using TestClient a = _cluster[0].Connect();
        await using TestClient b = _cluster[1].Connect();
        await using TestClient c = _cluster[2].Connect();
        foreach ((TestClient client, string name) in (List<(TestClient, string)>)[(a, "a"), (b, "b"), (c, "c")])
            Assert.Equal(Reply.Ok, await JoinAsync(client, "g", name));
        foreach (TestClient client in (TestClient[])[a, b, c])
            await SeesAsync(client, "g", "a=1 b=1 c=1");

        await JoinAsync(b, "g", "b", metadata: 2);
        await SeesAsync(a, "g", "a=1 b=2 c=1");
        await SeesAsync(c, "g", "a=1 b=2 c=1");

        await c.DisposeAsync();
        await SeesAsync(a, "g", "a=1 b=2");
        await SeesAsync(b, "g", "a=1 b=2");

        Assert.Equal(Reply.Ok, await a.Connection.ConsumerGroups.LeaveAsync("g", "a", CancellationToken.None));
        await SeesAsync(b, "g", "b=2");
        // Who has left is told of nothing more.
        while (a.Sink.GroupChanges > 0)
            await a.Sink.GroupChangedAsync();
        await JoinAsync(b, "g", "b", metadata: 3);
        await SeesAsync(b, "g", "b=3");
        Assert.Equal(0, a.Sink.GroupChanges);
    }

    [Fact]
    public async Task Only_a_silent_member_is_dropped_and_it_may_come_back()
    {
        await using TestClient a = _cluster[0].Connect();
        await using TestClient b = _cluster[1].Connect();
        await JoinAsync(a, "g", "a");
        await JoinAsync(b, "g", "b", timeoutMs: 200);
        await SeesAsync(a, "g", "a=1 b=1");

        await SeesAsync(a, "g", "a=1");

        // To its connection it is a heartbeat like any other; the leader says that it must join anew.
        Assert.Equal(Reply.Ok, await JoinAsync(b, "g", "b", timeoutMs: 200));
        await SeesAsync(a, "g", "a=1 b=1");
    }

    [Fact]
    public async Task Heartbeats_keep_a_member_without_a_log_entry()
    {
        const int Rounds = 10;
        await using TestClient a = _cluster[0].Connect();
        await using TestClient silent = _cluster[1].Connect();
        await using TestClient watcher = _cluster[2].Connect();
        int round = 0;
        while (!await OutlivesAsync(a, silent, watcher, $"g{round}"))
            Assert.True(++round < Rounds, "this machine is too busy to send heartbeats in time");
    }

    [Fact]
    public async Task Offsets_locks_and_members_outlive_a_change_of_the_leader()
    {
        int home = HomeOf("g");
        await using TestClient a = _cluster[(home + 1) % 3].Connect();
        await using TestClient b = _cluster[(home + 2) % 3].Connect();
        await using TestClient c = _cluster[home].Connect();
        await JoinAsync(a, "g", "a");
        await JoinAsync(b, "g", "b");
        await JoinAsync(c, "g", "c");
        await SeesAsync(b, "g", "a=1 b=1 c=1");
        Assert.Equal(Reply.Ok, await CommitAsync(a, "g", 7, 70));
        Assert.Equal(Reply.Ok, await CommitAsync(a, "g", 7, 69));
        Assert.Equal([7, 8], await LockAsync(a, "g", "a", 7, 8));

        await _cluster.StopAsync(home);

        // The node took its member along, and both others hear of it, from whoever leads now.
        await SeesAsync(a, "g", "a=1 b=1");
        await SeesAsync(b, "g", "a=1 b=1");
        Assert.Equal((Reply.Ok, 69L), await b.Connection.ConsumerGroups.FetchOffsetAsync(
            "g", new QueueId(Unborn + 7), CancellationToken.None));
        Assert.Equal([9], await LockAsync(b, "g", "b", 7, 8, 9));
        Assert.Equal([7], await LockAsync(a, "g", "a", 7));
        Assert.Equal(Reply.Ok, await JoinAsync(a, "g", "a"));
        Assert.Equal("a=1 b=1", await MembersAsync(b, "g"));
    }

    [Fact]
    public async Task All_groups_of_the_namespace_are_listed_wherever_they_live()
    {
        await using TestClient a = _cluster[0].Connect();
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"g{i}")];
        foreach (string name in names)
            Assert.Equal(Reply.Ok, await CommitAsync(a, name, 1, 1));
        Assert.Equal(2, names.Select(HomeGroupOf).Distinct().Count());

        await using TestClient b = _cluster[1].Connect();
        (Reply reply, IReadOnlyList<string> groups) =
            await b.Connection.ConsumerGroups.ListAsync(CancellationToken.None);

        Assert.Equal(Reply.Ok, reply);
        Assert.Equal(names, groups);
    }

    [Fact]
    public async Task What_a_node_advertises_is_known_to_all_and_its_life_goes_on()
    {
        NodeIncarnation before = _cluster[0].Node.Directory.FindNode(new NodeId(2))!.Incarnation;
        foreach (int node in (int[])[0, 1, 2])
        {
            _cluster[node].Node.Advertise("web:1", $"host{node}:80");
            _cluster[node].Node.Advertise("web:2", $"host{node}:82");
        }

        foreach (int node in (int[])[0, 1, 2])
        {
            await SeesLeadersAsync(node, "web:1", leader => $"host{leader}:80");
            await SeesLeadersAsync(node, "web:2", leader => $"host{leader}:82");
        }

        Assert.All(_cluster[0].Node.ListGroups("other"), group => Assert.Null(group.Address));
        foreach (int node in (int[])[0, 1, 2])
            _cluster[node].Node.Advertise("web:1", $"host{node}:90");
        await SeesLeadersAsync(0, "web:1", leader => $"host{leader}:90");
        await SeesLeadersAsync(0, "web:2", leader => $"host{leader}:82");
        Assert.Equal(before, _cluster[0].Node.Directory.FindNode(new NodeId(2))!.Incarnation);
    }

    [Fact]
    public async Task A_node_that_goes_and_comes_back_leads_nothing_meanwhile_and_advertises_anew()
    {
        foreach (int node in (int[])[0, 1, 2])
            _cluster[node].Node.Advertise("web", $"host{node}:80");
        await SeesLeadersAsync(1, "web", leader => $"host{leader}:80");

        await _cluster.StopAsync(0);
        await SeesLeadersAsync(1, "web", leader => $"host{leader}:80", not: 0);

        await _cluster.StartAsync(0);
        // Before it is registered: it goes with the registration.
        _cluster[0].Node.Advertise("web", "elsewhere:80");
        await _cluster[0].ReadyAsync();
        await TestNode.UntilAsync(
            () => _cluster[1].Node.Directory.FindNode(new NodeId(1))?.AddressOf("web") == "elsewhere:80");
        await SeesLeadersAsync(0, "web", leader => leader == 0 ? "elsewhere:80" : $"host{leader}:80");
    }

    /// <summary>A member that sends heartbeats is in the group when a silent one is dropped, after longer than it
    /// could have lived itself without being heard.</summary>
    /// <returns>False: between two heartbeats so much time went by that the leader may have dropped it rightly,
    /// which says nothing.</returns>
    private async Task<bool> OutlivesAsync(TestClient a, TestClient silent, TestClient watcher, string group)
    {
        const int TimeoutMs = 2_000;
        var most = TimeSpan.FromMilliseconds(TimeoutMs * 0.9);
        long began = Stopwatch.GetTimestamp();
        await JoinAsync(a, group, "a", timeoutMs: TimeoutMs);
        await JoinAsync(silent, group, "b", timeoutMs: TimeoutMs * 3 / 2);
        LaneSender lane = _cluster[0].Node.Life!.LaneTo(HomeGroupOf(group));
        long joined = lane.LastNumber;
        int beats = 0;
        string members;
        do
        {
            // The one before was heard after it was begun, this one is heard before it is answered.
            long next = Stopwatch.GetTimestamp();
            Assert.Equal(Reply.Ok, await JoinAsync(a, group, "a", timeoutMs: TimeoutMs));
            if (Stopwatch.GetElapsedTime(began) > most)
                return false;
            began = next;
            beats++;
            members = await MembersAsync(watcher, group);
        }
        while (members == "a=1 b=1");

        if (Stopwatch.GetElapsedTime(began) > most)
            return false;
        Assert.Equal("a=1", members);
        Assert.True(beats > 1);
        // Had it been dropped, it would have joined anew, by a command.
        Assert.Equal(joined, lane.LastNumber);
        return true;
    }

    private static ValueTask<Reply> JoinAsync(
        TestClient client, string group, string member, byte metadata = 1, int timeoutMs = Long) =>
        client.Connection.ConsumerGroups.JoinAsync(
            group, new ConsumerMember(member, new byte[] { metadata }), timeoutMs, CancellationToken.None);

    private static ValueTask<Reply> CommitAsync(TestClient client, string group, long partition, long offset) =>
        client.Connection.ConsumerGroups.CommitOffsetAsync(
            group, new QueueId(Unborn + partition), offset, CancellationToken.None);

    private static async Task<IEnumerable<long>> LockAsync(
        TestClient client, string group, string member, params long[] partitions)
    {
        (Reply reply, IReadOnlyList<QueueId> locked) = await client.Connection.ConsumerGroups.LockAsync(
            group,
            member,
            [.. partitions.Select(partition => new QueueId(Unborn + partition))],
            Long,
            CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return locked.Select(partition => partition.Value - Unborn);
    }

    private static async Task<string> MembersAsync(TestClient client, string group)
    {
        (Reply reply, IReadOnlyList<ConsumerMember> members) =
            await client.Connection.ConsumerGroups.ListMembersAsync(group, CancellationToken.None);
        Assert.Equal(Reply.Ok, reply);
        return string.Join(' ', members.Select(member => $"{member.Name}={member.Metadata.Span[0]}"));
    }

    /// <summary>Is told, as often as it takes, and then sees these members.</summary>
    private static async Task SeesAsync(TestClient client, string group, string members)
    {
        do
        {
            Assert.Equal(group, await client.Sink.GroupChangedAsync());
        }
        while (await MembersAsync(client, group) != members);
    }

    private GroupId HomeGroupOf(string group)
    {
        BrokerNode node = _cluster[0].Node;
        return node.Directory.GroupOf(node.FindNamespace("/")!.Value, group);
    }

    private int HomeOf(string group) => _cluster.LeaderOf(HomeGroupOf(group));

    private Task SeesLeadersAsync(int node, string service, Func<int, string> address, int not = -1) =>
        TestNode.UntilAsync(() =>
        {
            IReadOnlyList<GroupLeader> groups = _cluster[node].Node.ListGroups(service);
            return groups.Count == 2 && groups.All(group =>
                group.Leader.Value > 0
                && group.Leader.Value - 1 != not
                && group.Address == address(group.Leader.Value - 1));
        });
}
