using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class DirectoryPartitionTests
{
    private static readonly GroupId One = new(1);
    private static readonly GroupId Two = new(2);
    private readonly TestDirectory _directory = TestDirectory.Started();
    private readonly TopicInfo _shop;

    public DirectoryPartitionTests() => _shop = _directory.DeclareTopic("shop", TopicKind.Pattern);

    [Fact]
    public void A_partition_is_there_once_its_group_has_it()
    {
        long last = _directory.Ok(Growth(One, 2));

        Assert.Equal(
            [$"1: partition {last - 1} retention=5", $"1: partition {last} retention=5"], _directory.Context.Take());
        Assert.Equal(QueueState.Creating, _directory.Snapshot.StateOf(new QueueId(last)));
        Assert.Empty(_directory.Snapshot.ListPartitions(_shop.Id));
        Assert.Empty(RouteTo(_shop));

        _directory.News(One, new DirectoryCommand.QueueReady(new QueueId(last)));

        Assert.Equal(
            [new PartitionInfo(new QueueId(last), _shop.Id, One, 1)],
            _directory.Snapshot.ListPartitions(_shop.Id));
        Assert.Equal([last], RouteTo(_shop));
    }

    [Fact]
    public void Growing_adds_what_is_missing_and_takes_nothing_away()
    {
        IReadOnlyList<PartitionInfo> first = _directory.Grow(_shop, Two, 2);
        _directory.Context.Take();

        Assert.Equal(first[1].Id.Value, _directory.Ok(Growth(Two, 1)));
        Assert.Equal(first[1].Id.Value, _directory.Ok(Growth(Two, 2)));
        Assert.Empty(_directory.Context.Take());
        _directory.Grow(_shop, Two, 3);
        IReadOnlyList<PartitionInfo> all = _directory.Grow(_shop, One, 1);

        Assert.Equal([(1, 0), (2, 0), (2, 1), (2, 2)], all.Select(one => (one.Group.Value, one.Number)));
        Assert.Equal(first, all.Skip(1).Take(2));
    }

    [Fact]
    public void Partitions_are_refused_where_they_could_not_end_and_beyond_the_limits()
    {
        TopicInfo loose = _directory.DeclareTopic("loose", TopicKind.Fanout, durable: false);
        TopicInfo fading = _directory.DeclareTopic("fading", TopicKind.Fanout, autoDelete: true);

        foreach (TopicInfo topic in (TopicInfo[])[loose, fading, _directory.Topic("")])
            _directory.Refused(Reply.NotAllowed, new DirectoryCommand.GrowPartitions(topic.Id, One, 1, new()));
        foreach (int group in (int[])[-1, 0, 3])
            _directory.Refused(Reply.NotAllowed, Growth(new GroupId(group), 1));
        foreach (int count in (int[])[-1, 0, DirectoryLimits.MaxPartitions + 1])
            _directory.Refused(Reply.LimitReached, Growth(One, count));
        _directory.Refused(
            Reply.TopicNotFound, new DirectoryCommand.GrowPartitions(new TopicId(999), One, 1, new()));
        Assert.Empty(_directory.Context.Take());

        TestDirectory small = TestDirectory.Started(new DirectoryLimits { MaxQueues = 3 });
        TopicInfo topicOfSmall = small.DeclareTopic("t", TopicKind.Fanout);
        small.Grow(topicOfSmall, One, 2);
        small.Refused(Reply.LimitReached, new DirectoryCommand.GrowPartitions(topicOfSmall.Id, Two, 2, new()));
        Assert.Equal(3, small.Grow(topicOfSmall, Two, 1).Count);
        small.Ok(new DirectoryCommand.DeleteTopic(topicOfSmall.Id, IfUnused: true));
        Assert.Equal(3, small.Grow(small.DeclareTopic("again", TopicKind.Fanout), One, 3).Count);
    }

    [Fact]
    public void A_partition_is_no_queue()
    {
        QueueInfo queue = _directory.DeclareQueue("q");
        PartitionInfo partition = _directory.Grow(_shop, One, 1)[0];

        Assert.Equal([queue.Name], _directory.Snapshot.ListQueues(_directory.Root).Select(one => one.Name));
        Assert.Null(_directory.Snapshot.FindQueue(partition.Id));
        Assert.Null(_directory.Snapshot.FindQueue(_directory.Root, ""));
        Assert.Null(_directory.Snapshot.FindQueueIgnoringCase(_directory.Root, ""));
        Assert.Null(_directory.Snapshot.FindPartition(queue.Id));
        Assert.Equal(partition, _directory.Snapshot.FindPartition(partition.Id));
        Assert.Equal("", _directory.Route(_directory.Topic(""), ""));
        _directory.Refused(Reply.QueueNotFound, new DirectoryCommand.ChangeQueue(partition.Id, new()));
        _directory.Refused(Reply.QueueNotFound, new DirectoryCommand.Bind(
            new BindingInfo(_shop.Id, partition.Id, null, "", null, default)));
    }

    [Fact]
    public void Partitions_go_with_their_topic_and_with_its_namespace()
    {
        IReadOnlyList<PartitionInfo> partitions = _directory.Grow(_shop, One, 2);
        _directory.Context.Take();
        Assert.False(_directory.Snapshot.IsPartitionGone(partitions[0].Id));
        Assert.False(_directory.Snapshot.IsPartitionGone(new QueueId(partitions[1].Id.Value + 1)));

        _directory.Ok(new DirectoryCommand.DeleteTopic(_shop.Id, IfUnused: true));

        Assert.Equal(partitions.Select(one => $"1: remove {one.Id}"), _directory.Context.Take());
        Assert.Null(_directory.Snapshot.FindPartition(partitions[0].Id));
        Assert.True(_directory.Snapshot.IsPartitionGone(partitions[0].Id));
        Assert.Equal(QueueState.Gone, _directory.Snapshot.StateOf(partitions[0].Id));
        // News that were under way when the topic went.
        _directory.News(One, new DirectoryCommand.QueueReady(partitions[0].Id));
        foreach (PartitionInfo partition in partitions)
            _directory.News(One, new DirectoryCommand.QueueGone(partition.Id));

        IReadOnlyList<PartitionInfo> more = _directory.Grow(_directory.DeclareTopic("more", TopicKind.Fanout), Two, 2);
        _directory.Context.Take();
        _directory.Ok(new DirectoryCommand.DeleteNamespace(_directory.Root));
        Assert.Equal(more.Select(one => $"2: remove {one.Id}"), _directory.Context.Take());
    }

    [Fact]
    public void One_target_is_a_partition_and_the_others_are_those_of_the_bindings()
    {
        QueueInfo queue = _directory.DeclareQueue("q");
        _directory.Bind(_shop, queue, "#");
        IReadOnlyList<PartitionInfo> partitions = _directory.Grow(_shop, One, 3);

        foreach (PartitionInfo partition in partitions)
        {
            Assert.Equal(
                [partition.Id.Value, queue.Id.Value],
                RouteTo(_shop, new PartitionChoice(partition.Id, "a key", null)));
        }

        // Not one of this topic's: nobody else gets it instead.
        Assert.Equal([queue.Id.Value], RouteTo(_shop, new PartitionChoice(queue.Id, null, null)));
    }

    [Fact]
    public void Without_a_word_of_the_publisher_its_key_decides_and_else_they_take_turns_per_topic()
    {
        TopicInfo other = _directory.DeclareTopic("other", TopicKind.Fanout);
        List<long> shops = [.. _directory.Grow(_shop, One, 2).Select(one => one.Id.Value)];
        List<long> others = [.. _directory.Grow(other, Two, 3).Select(one => one.Id.Value)];
        var turns = new PartitionTurns();

        List<long> shopTurns = [], otherTurns = [];
        for (int i = 0; i < 6; i++)
        {
            shopTurns.AddRange(RouteTo(_shop, new PartitionChoice(null, null, turns)));
            otherTurns.AddRange(RouteTo(other, new PartitionChoice(null, null, turns)));
        }

        Assert.Equal([.. shops, .. shops, .. shops], shopTurns);
        Assert.Equal([.. others, .. others], otherTurns);
        // CRC-32C of "123456789" is E3069283.
        Assert.Equal(
            [others[(int)(0xE3069283 % 3)]], RouteTo(other, new PartitionChoice(null, "123456789", turns)));
        HashSet<long> hit = [];
        for (int i = 0; i < 100; i++)
            hit.UnionWith(RouteTo(other, new PartitionChoice(null, $"order-{i}", turns)));
        Assert.Equal(others, hit.Order());
    }

    [Fact]
    public void What_reaches_a_topic_by_a_binding_goes_to_one_of_its_partitions_behind_that_of_the_first_topic()
    {
        TopicInfo copy = _directory.DeclareTopic("copy", TopicKind.Fanout);
        _directory.Bind(_shop, copy, "#");
        _directory.Bind(copy, _shop, "");
        long shop = _directory.Grow(_shop, Two, 1)[0].Id.Value;
        long copied = _directory.Grow(copy, One, 1)[0].Id.Value;

        Assert.Equal([shop, copied], RouteTo(_shop, new PartitionChoice(new QueueId(shop), null, null)));
        Assert.Equal([copied, shop], RouteTo(copy));
    }

    private DirectoryCommand.GrowPartitions Growth(GroupId group, int count) =>
        new(_shop.Id, group, count, new QueueSettings { RetentionMs = 5, RewindMs = 7 });

    private List<long> RouteTo(TopicInfo topic, PartitionChoice choice = default)
    {
        var targets = new List<QueueInfo>();
        _directory.Snapshot.Route(topic, "k", null, null, null, targets, choice);
        return [.. targets.Select(one => one.Id.Value)];
    }
}
