using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>Consumer groups as one connection of one node uses them.</summary>
public sealed class ConnectionConsumerGroupsTests : IAsyncLifetime, IDisposable
{
    private const int Long = 60_000;

    /// <summary>First number of partitions that the directory does not know yet: what it knows to be gone is
    /// forgotten.</summary>
    private const int Unborn = 1_000_000;

    private readonly TemporaryDirectory _directory = new();
    private TestNode _node = null!;
    private TestClient _client = null!;

    private IConsumerGroups Groups => _client.Connection.ConsumerGroups;

    public async Task InitializeAsync()
    {
        _node = await TestNode.StartAsync(_directory);
        _client = _node.Connect();
    }

    public async Task DisposeAsync()
    {
        await _client.DisposeAsync();
        await _node.DisposeAsync();
    }

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Names_have_1_to_255_bytes_and_metadata_has_a_limit()
    {
        string tooLong = new('é', 128);
        string longest = new('é', 127);
        var big = new ConsumerMember("m", new byte[ConsumerMember.MaxMetadataBytes + 1]);
        foreach (string bad in (string[])["", tooLong])
        {
            Assert.Equal(Reply.BadName, await Groups.JoinAsync(bad, Member("m"), Long, default));
            Assert.Equal(Reply.BadName, await Groups.JoinAsync("g", Member(bad), Long, default));
            Assert.Equal(Reply.BadName, await Groups.LeaveAsync("g", bad, default));
            Assert.Equal(Reply.BadName, (await Groups.ListMembersAsync(bad, default)).Reply);
            Assert.Equal(Reply.BadName, await Groups.DeleteAsync(bad, default));
            Assert.Equal(Reply.BadName, await Groups.CommitOffsetAsync(bad, new QueueId(1), 1, default));
            Assert.Equal(Reply.BadName, (await Groups.FetchOffsetAsync(bad, new QueueId(1), default)).Reply);
            Assert.Equal(Reply.BadName, (await Groups.ListOffsetsAsync(bad, default)).Reply);
            Assert.Equal(Reply.BadName, (await Groups.LockAsync("g", bad, [new QueueId(1)], 1, default)).Reply);
            Assert.Equal(Reply.BadName, await Groups.UnlockAsync("g", bad, [new QueueId(1)], default));
        }

        Assert.Equal(Reply.LimitReached, await Groups.JoinAsync("g", big, Long, default));
        Assert.Equal(Reply.Ok, await Groups.JoinAsync(longest, Member(longest), Long, default));
        Assert.Equal(longest, Assert.Single((await Groups.ListAsync(default)).Groups));
    }

    [Fact]
    public async Task An_unknown_group_has_nothing()
    {
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListMembersAsync("g", default)));
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListOffsetsAsync("g", default)));
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListAsync(default)));
        Assert.Equal((Reply.Ok, null), await Groups.FetchOffsetAsync("g", new QueueId(1), default));
        Assert.Equal(Reply.Ok, await Groups.LeaveAsync("g", "m", default));
        Assert.Equal(Reply.Ok, await Groups.UnlockAsync("g", "m", [new QueueId(1)], default));
    }

    [Fact]
    public async Task More_partitions_than_one_command_takes_are_locked_and_unlocked_in_one_call()
    {
        QueueId[] all = [.. Enumerable.Range(Unborn, 200).Select(i => new QueueId(i))];
        Assert.Equal(3, (await Groups.LockAsync("g", "b", [all[0], all[63], all[199]], Long, default)).Locked.Count);

        (_, IReadOnlyList<QueueId> locked) = await Groups.LockAsync("g", "a", all, Long, default);
        Assert.Equal(all.Except([all[0], all[63], all[199]]), locked);

        Assert.Equal(Reply.Ok, await Groups.UnlockAsync("g", "a", all, default));
        Assert.Equal(all, (await Groups.LockAsync("g", "b", all, Long, default)).Locked);
    }

    [Fact]
    public async Task A_lock_outlives_its_holders_connection_and_is_renewed_by_another_one_of_the_same_member()
    {
        var partition = new QueueId(Unborn);
        await using (TestClient first = _node.Connect())
        {
            await first.Connection.ConsumerGroups.JoinAsync("g", Member("a"), Long, default);
            await first.Connection.ConsumerGroups.LockAsync("g", "a", [partition], Long, default);
        }

        Assert.Empty((await Groups.LockAsync("g", "b", [partition], Long, default)).Locked);
        Assert.Equal([partition], (await Groups.LockAsync("g", "a", [partition], 1, default)).Locked);
        while ((await Groups.LockAsync("g", "b", [partition], Long, default)).Locked.Count == 0)
            await Task.Yield();
    }

    [Fact]
    public async Task A_connection_that_ended_joins_nothing_and_takes_a_member_along_that_was_on_its_way()
    {
        TestClient ending = _node.Connect();
        IConsumerGroups groups = ending.Connection.ConsumerGroups;
        ValueTask<Reply> joining = groups.JoinAsync("g", Member("a"), Long, default);
        await ending.DisposeAsync();
        await joining;

        Assert.Equal(Reply.Unavailable, await groups.JoinAsync("g", Member("a"), Long, default));
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListMembersAsync("g", default)));
    }

    [Fact]
    public async Task A_member_that_another_connection_took_over_stays_when_the_first_one_leaves()
    {
        await using TestClient second = _node.Connect();
        await Groups.JoinAsync("g", Member("a"), Long, default);
        await second.Connection.ConsumerGroups.JoinAsync("g", Member("a"), Long, default);

        Assert.Equal(Reply.Ok, await Groups.LeaveAsync("g", "a", default));

        Assert.Equal((Reply.Ok, 1), Count(await Groups.ListMembersAsync("g", default)));
    }

    [Fact]
    public async Task A_mere_heartbeat_is_not_logged()
    {
        await Groups.JoinAsync("g", Member("a"), Long, default);
        long before = LastBatch;

        for (int i = 0; i < 5; i++)
            Assert.Equal(Reply.Ok, await Groups.JoinAsync("g", Member("a"), Long, default));
        Assert.Equal(before, LastBatch);

        await Groups.JoinAsync("g", Member("a", 2), Long, default);
        Assert.Equal(before + 1, LastBatch);
        await Groups.JoinAsync("g", Member("a", 2), Long + 1, default);
        Assert.Equal(before + 2, LastBatch);
    }

    [Fact]
    public async Task A_word_that_was_lost_is_made_up_for_by_the_next_heartbeat()
    {
        NodeLife life = _node.Node.Life!;
        var sink = new RecordingSink();
        // The node has no connection of this number: what the leader says to it is lost.
        var unreached = new ConnectionConsumerGroups(
            life, new ConnectionKey(life.Life, 99), _node.Node.FindNamespace("/")!.Value, sink);
        await unreached.JoinAsync("g", Member("a"), Long, default);
        Assert.Equal("g", await sink.GroupChangedAsync());
        await Groups.JoinAsync("g", Member("b"), Long, default);
        Assert.Equal("g", await _client.Sink.GroupChangedAsync());

        for (int i = 0; i < 3; i++)
            Assert.Equal(Reply.Ok, await unreached.JoinAsync("g", Member("a"), Long, default));

        Assert.Equal(1, sink.GroupChanges);
    }

    [Fact]
    public async Task Offsets_are_there_after_a_restart_and_members_are_not()
    {
        await Groups.JoinAsync("g", Member("a"), Long, default);
        await Groups.CommitOffsetAsync("g", new QueueId(Unborn), 10, default);
        await Groups.CommitOffsetAsync("g", new QueueId(Unborn + 1), 20, default);
        await Groups.CommitOffsetAsync("g", new QueueId(Unborn), 9, default);

        await DisposeAsync();
        await InitializeAsync();

        (_, IReadOnlyList<KeyValuePair<QueueId, long>> offsets) = await Groups.ListOffsetsAsync("g", default);
        Assert.Equal([new(new QueueId(Unborn), 9), new(new QueueId(Unborn + 1), 20)], offsets);
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListMembersAsync("g", default)));
    }

    [Fact]
    public async Task What_is_kept_of_a_partition_goes_with_it()
    {
        TopicInfo shop = await _client.DeclareTopicAsync("shop");
        TopicInfo stays = await _client.DeclareTopicAsync("stays");
        await _client.GrowAsync(shop, 1, 2);
        IReadOnlyList<PartitionInfo> gone = await _client.GrowAsync(shop, 2, 2);
        QueueId kept = (await _client.GrowAsync(stays, 2, 1))[0].Id;
        string[] groups = ["g", "h", "i", "j"];
        Assert.Equal(4, gone.Count);
        foreach (string group in groups)
        {
            foreach (QueueId partition in gone.Select(one => one.Id).Append(kept))
                Assert.Equal(Reply.Ok, await Groups.CommitOffsetAsync(group, partition, 5, default));
            await Groups.LockAsync(group, "a", [gone[0].Id], Long, default);
        }

        Assert.Equal(5, (await Groups.ListOffsetsAsync("g", default)).Offsets.Count);
        Assert.Equal(Reply.Ok, await _client.Connection.DeleteTopicAsync(shop.Id, ifUnused: false, default));

        foreach (string group in groups)
        {
            await TestNode.UntilAsync(async () => (await Groups.ListOffsetsAsync(group, default)).Offsets.Count == 1);
            Assert.Equal((Reply.Ok, 5), await Groups.FetchOffsetAsync(group, kept, default));
        }

        // A commit that was on its way.
        Assert.Equal(Reply.Ok, await Groups.CommitOffsetAsync("g", gone[0].Id, 6, default));
        await TestNode.UntilAsync(async () => (await Groups.ListOffsetsAsync("g", default)).Offsets.Count == 1);
        // Nor is the lock there, which would be in the way.
        Assert.Equal(Reply.Ok, await Groups.DeleteAsync("g", default));
    }

    [Fact]
    public async Task A_group_is_deleted_when_it_has_no_members()
    {
        await Groups.JoinAsync("g", Member("a"), Long, default);
        await Groups.CommitOffsetAsync("g", new QueueId(Unborn), 10, default);
        Assert.Equal(Reply.InUse, await Groups.DeleteAsync("g", default));
        Assert.Equal((Reply.Ok, 10), await Groups.FetchOffsetAsync("g", new QueueId(Unborn), default));

        await Groups.LeaveAsync("g", "a", default);
        Assert.Equal(Reply.Ok, await Groups.DeleteAsync("g", default));
        Assert.Equal((Reply.Ok, null), await Groups.FetchOffsetAsync("g", new QueueId(Unborn), default));
        Assert.Equal((Reply.Ok, 0), Count(await Groups.ListAsync(default)));
        Assert.Equal(Reply.Ok, await Groups.DeleteAsync("g", default));
    }

    [Fact]
    public void What_cannot_be_advertised_is_refused()
    {
        BrokerNode broker = _node.Node;
        Assert.Throws<ArgumentException>(() => broker.Advertise("", "host:1"));
        Assert.Throws<ArgumentException>(() => broker.Advertise("s", new string('a', 256)));
        for (int i = 0; i < 64; i++)
            broker.Advertise($"s{i}", "host:1");
        Assert.Throws<InvalidOperationException>(() => broker.Advertise("one more", "host:1"));
        broker.Advertise("s7", "host:2");

        Assert.All(broker.ListGroups("s7"), group => Assert.Equal("host:2", group.Address));
        Assert.Equal([1, 2], broker.ListGroups("s7").Select(group => group.Group.Value));
    }

    private static ConsumerMember Member(string name, byte metadata = 1) => new(name, new byte[] { metadata });

    private static (Reply, int) Count<T>((Reply Reply, IReadOnlyList<T> List) answer) =>
        (answer.Reply, answer.List.Count);

    /// <summary>Number of the last batch that this node has sent to the group's home.</summary>
    private long LastBatch
    {
        get
        {
            NamespaceId ns = _node.Node.FindNamespace("/")!.Value;
            return _node.Node.Life!.LaneTo(_node.Node.Directory.GroupOf(ns, "g")).LastNumber;
        }
    }
}
