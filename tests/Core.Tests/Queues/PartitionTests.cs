using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Partitions in the machine of one group: section 4 of the design.</summary>
public class PartitionTests
{
    private static readonly QueueId First = new(70);
    private static readonly QueueId Second = new(71);
    private readonly QueueGroup _group;

    public PartitionTests()
        : this(rowCacheBytes: null)
    {
    }

    protected PartitionTests(long? rowCacheBytes) => _group = New(1, rowCacheBytes);

    private static readonly NamespaceId Home = new(1);

    private PartitionReader Reader => new(_group.Machine, _group);

    [Fact]
    public void Offsets_are_contiguous_per_partition_and_positions_ascend_over_all_of_the_group()
    {
        Create(First);
        Create(Second);

        Answer[] answers = [Append(First), Append(Second), Append(First), Append(First), Append(Second)];

        Assert.Equal([0, 0, 1, 2, 1], answers.Select(answer => answer.Value));
        Assert.Equal(
            [1L << 45, (1L << 45) + 1, (1L << 45) + 2, (1L << 45) + 3, (1L << 45) + 4],
            answers.Select(answer => answer.Position));
        Assert.All(answers, answer => Assert.Equal(new GroupId(1), Positions.GroupOf(answer.Position)));
        _group.CheckState();
    }

    [Fact]
    public void A_publish_answers_with_offset_and_position_though_a_queue_came_first()
    {
        QueueId queue = _group.Create();
        _group.Publish("before", null, 0, queue);
        _group.Publish("before", null, 0, queue);
        Create(First);

        Answer both = _group.Publish("a", null, 0, queue, First);
        Answer onlyQueue = _group.Publish("b", null, 0, queue);

        Assert.Equal(new Answer(Reply.Ok, 0, 1L << 45), both);
        Assert.Equal(new Answer(Reply.Ok, 3), onlyQueue);
        Assert.Equal(4, _group.Status().Ready);
        _group.CheckState();
    }

    [Fact]
    public void A_read_gives_what_was_published_with_its_time_and_its_tag()
    {
        Create(First);
        Append(First, "a", tag: -7);
        _group.NowMs += 250;
        Append(First, "b");

        IReadOnlyList<PartitionMessage> messages = Read(0, out long next);

        Assert.Equal(["a", "b"], messages.Select(BodyOf));
        Assert.Equal([(0, -7, 0), (1, 0, 250)], messages.Select(
            one => (one.Offset, one.TagHash, one.StoredMs - 1_000_000)));
        Assert.Equal([1L << 45, (1L << 45) + 1], messages.Select(one => one.Position));
        Assert.Equal(("shop", "order.new", 2L), (messages[0].Message.Topic, messages[0].Message.RoutingKey, next));
        Assert.Equal(1 + 3, messages[0].Bytes);
    }

    [Fact]
    public void A_read_ends_at_its_number_of_messages_or_of_bytes_but_gives_one_at_least()
    {
        Create(First);
        for (int i = 0; i < 5; i++)
            Append(First, "0123456");

        Assert.Equal(3, Read(0, out long next, max: 3).Count);
        Assert.Equal(3, next);
        // Ten bytes each, properties included.
        Assert.Equal(2, Read(0, out next, bytes: 29).Count);
        Assert.Equal(2, next);
        Assert.Single(Read(4, out next, bytes: 1));
        Assert.Equal(5, next);
        Assert.Empty(Read(5, out next));
        Assert.Equal(5, next);
    }

    [Fact]
    public void A_filtered_read_reads_no_bodies_of_others_and_looks_at_a_bounded_number_of_rows()
    {
        Create(First);
        for (int i = 0; i < PartitionReader.MaxRows + 10; i++)
            Append(First, tag: i % 5 == 4 ? 4 : 1);
        Append(First, "last", tag: 2);

        Assert.Equal([4L, 9], Read(0, out long next, max: 2, tags: [4, 3]).Select(one => one.Offset));
        Assert.Equal(10, next);
        Assert.Empty(Read(0, out next, tags: [2]));
        Assert.Equal(PartitionReader.MaxRows, next);
        Assert.Equal("last", BodyOf(Assert.Single(Read(next, out next, tags: [2]))));
        Assert.Equal(PartitionReader.MaxRows + 11, next);
        Assert.Empty(Read(0, out next, tags: []));
    }

    [Fact]
    public void Messages_go_by_age_only_and_what_is_asked_for_outside_of_the_bounds_is_moved_to_them()
    {
        Create(First, retentionMs: 10_000);
        for (int i = 0; i < 3; i++)
            Append(First, $"{i}");
        _group.Pass(6_000);
        Append(First, "3");

        Assert.Equal((0, 4), MinMax());
        _group.Pass(5_000);

        Assert.Equal((3, 4), MinMax());
        Assert.Empty(Read(0, out long next));
        Assert.Equal(3, next);
        Assert.Empty(Read(9, out next));
        Assert.Equal(4, next);
        Assert.Empty(Read(-1, out next));
        Assert.Equal(3, next);
        _group.CheckState();

        _group.Pass(20_000);
        Assert.Equal(new PartitionBounds(4, 4, -1, -1), PartitionReader.BoundsOf(Reader.Find(First)!));
        Assert.Empty(_group.Machine.LiveIndexes());
        Assert.Equal(4, Append(First).Value);
        _group.CheckState();
    }

    [Fact]
    public void Bounds_tell_the_times_of_the_first_and_the_last_message()
    {
        Create(First);
        Append(First);
        _group.NowMs += 500;
        Append(First);

        Assert.Equal(
            new PartitionBounds(0, 2, 1_000_000, 1_000_500), PartitionReader.BoundsOf(Reader.Find(First)!));
    }

    [Fact]
    public void An_offset_is_found_by_time_and_by_position_over_many_blocks()
    {
        Create(First, retentionMs: 1_000_000);
        Create(Second);
        List<(long TimeMs, long Position)> rows = [];
        var random = new Random(1);
        for (int i = 0; i < 3 * RowBlock.Capacity; i++)
        {
            _group.NowMs += random.Next(3) == 0 ? random.Next(900) : 0;
            rows.Add((_group.NowMs, Append(First).Position));
            if (random.Next(4) == 0)
                Append(Second);
        }

        Check();
        // The front of a block goes, too.
        _group.Pass(rows[1_500].TimeMs + 1_000_000 + _group.Options.AgeSlackMs - _group.NowMs);
        Assert.InRange(MinMax().Min, 1, rows.Count - 1);
        Check();

        void Check()
        {
            QueueState partition = Reader.Find(First)!;
            int min = (int)partition.MinOffset;
            for (int i = min; i < rows.Count; i += 7)
            {
                int expected = Math.Max(min, rows.FindIndex(row => row.TimeMs >= rows[i].TimeMs));
                Assert.Equal(expected, partition.OffsetOfTime(rows[i].TimeMs));
                expected = Math.Max(min, rows.FindIndex(row => row.TimeMs > rows[i].TimeMs));
                Assert.Equal(
                    rows[i].TimeMs == rows[^1].TimeMs ? rows.Count : expected,
                    partition.OffsetOfTime(rows[i].TimeMs + 1));
                Assert.Equal(i, partition.OffsetOfPosition(rows[i].Position));
                Assert.Equal((First, i), Reader.FindPosition(rows[i].Position, Home) is { } found
                    ? (found.Partition, found.Offset)
                    : default);
            }

            Assert.Equal(min, partition.OffsetOfTime(0));
            Assert.Equal(rows.Count, partition.OffsetOfTime(long.MaxValue));
            if (min > 0)
                Assert.Null(Reader.FindPosition(rows[min - 1].Position, Home));
            Assert.Null(Reader.FindPosition(rows[^1].Position + 1_000_000, Home));
        }
    }

    [Fact]
    public void A_state_from_a_snapshot_goes_on_with_the_same_offsets_and_positions()
    {
        Create(First);
        Create(Second);
        for (int i = 0; i < 2_000; i++)
            Append(i % 3 == 0 ? Second : First, tag: i);
        PartitionMessage expected = Read(1_000, out _, max: 1)[0];
        Answer last = Append(First);

        _group.ChangeLeader();

        PartitionMessage read = Read(1_000, out _, max: 1)[0];
        Assert.Equal(
            (expected.Offset, expected.Position, expected.TagHash, expected.StoredMs),
            (read.Offset, read.Position, read.TagHash, read.StoredMs));
        // The follower, which never saw the snapshot, answers the same.
        Assert.Equal(new Answer(Reply.Ok, last.Value + 1, last.Position + 1), Append(First, "x"));
        _group.CheckState();
    }

    [Fact]
    public void Nobody_consumes_a_partition()
    {
        Create(First);
        var consumer = new ConsumerKey(new ConnectionKey(QueueGroup.NodeA, 1), 1);

        Answer attached = _group.Apply(output => QueueCommandWriter.Attach(output, First, consumer, 0, false));
        Append(First);
        _group.Settle();

        Assert.Equal(Reply.QueueNotFound, attached.Reply);
        Assert.Empty(_group.Delivered);
        Assert.Equal(Reply.QueueNotFound, _group.Ask(id => new QueueRequest.Purge(id, First)).Reply);
        _group.ChangeLeader();
        Assert.Equal(
            Reply.QueueNotFound, _group.Ask(id => new QueueRequest.Status(id, First, false)).Reply);
    }

    [Fact]
    public void A_message_too_large_for_the_partition_is_refused_and_a_delay_does_not_hide_it()
    {
        Create(First, maxBytes: 3);

        Assert.Equal(new Answer(Reply.TooLarge, 0), Append(First, "1234"));
        Assert.Equal(Reply.Ok, _group.Publish("123", ttlMs: 5, delayMs: 60_000, First).Reply);

        _group.Pass(1_000);
        Assert.Equal("123", BodyOf(Assert.Single(Read(0, out _))));
    }

    [Fact]
    public void A_removed_partition_lets_its_messages_go()
    {
        Create(First);
        Append(First);

        _group.Apply(output => QueueCommandWriter.RemoveQueue(output, First));

        Assert.Null(Reader.Find(First));
        Assert.Empty(_group.Machine.LiveIndexes());
        Assert.Equal(new Answer(Reply.Gone, 0), Append(First));
        _group.CheckState();
    }

    [Fact]
    public void A_dead_letter_for_a_topic_with_partitions_is_read_there_with_its_history()
    {
        Create(First);
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), First, "")];
        _group.Create(new QueueSettings { DeadLetter = new DeadLetterTarget("dead", null), MessageTtlMs = 10 });
        _group.Publish("a");

        _group.Pass(100);

        PartitionMessage message = Assert.Single(Read(0, out _));
        Assert.Equal("a", BodyOf(message));
        Assert.Equal("dead", message.Message.Overlay!.Topic);
        Assert.Equal(DeathReason.Expired, message.Message.Overlay.Deaths[0].Reason);
        Assert.Equal(1L << 45, message.Position);
        _group.CheckState();
    }

    [Fact]
    public void What_is_shown_later_has_its_tag_here_and_in_another_group_and_else_that_of_its_key()
    {
        Create(First);
        var far = new RouteTarget(new GroupId(2), Second, "");
        _group.Routes["shop"] = [new RouteTarget(new GroupId(1), First, ""), far];

        PartitionMessage shown = Show(new ParkHead(new NamespaceId(1), "owner", -1) { TagHash = 5 });
        PartitionMessage untagged = Show(new ParkHead(new NamespaceId(1), "owner", -1));

        Assert.Equal((0, 5), (shown.Offset, shown.TagHash));
        Assert.Equal((1, TagHash.Of("order.new")), (untagged.Offset, untagged.TagHash));
        QueueGroup other = New(2, null);
        Create(Second, group: other);
        foreach ((_, byte[] payload) in _group.Context.Sent.Where(sent => sent.Target == far.Group))
        {
            ReadOnlyMemory<byte> command = _group.Machine.Materialize(payload, _group);
            other.Apply(output => output.Write(command.Span), new LaneSource(LaneSourceKind.Group, 1, 0));
        }

        QueueState there = other.Machine.Find(Second)!;
        Assert.Equal([5, TagHash.Of("order.new")], [there.RowAt(0).Tag, there.RowAt(1).Tag]);
        _group.CheckState();
    }

    [Fact]
    public void A_position_is_found_by_its_own_namespace_only()
    {
        Create(First);
        _group.Routes["shop"] = [new RouteTarget(new GroupId(1), First, "")];
        PartitionMessage shown = Show(new ParkHead(Home, "owner", -1));

        Assert.NotNull(Reader.FindPosition(shown.Position, Home));
        Assert.Null(Reader.FindPosition(shown.Position, new NamespaceId(2)));
    }

    private PartitionMessage Show(ParkHead head)
    {
        Answer parked = _group.Apply(output => head.Write(output, QueueGroup.Unit("a")));
        _group.Apply(output => ParkedCommands.Show(output, new NamespaceId(1), parked.Position, "owner"));
        _group.Settle();
        return Read(0, out _)[^1];
    }

    private static QueueGroup New(int group, long? rowCacheBytes) =>
        new(group: group, rowCacheBytes: rowCacheBytes, parts: () => [new ParkedPart()]);

    private void Create(
        QueueId id, long? retentionMs = null, int? maxBytes = null, QueueGroup? group = null) =>
        (group ?? _group).Apply(
        output => QueueCommandWriter.CreateQueue(
            output,
            new NewQueue(id, new NamespaceId(1), "", true, false, null, new QueueSettings
            {
                RetentionMs = retentionMs,
                MaxMessageBytes = maxBytes,
            })
            {
                IsPartition = true,
            }),
        new LaneSource(LaneSourceKind.Group, 0, 0));

    private Answer Append(QueueId partition, string body = "a", int tag = 0) => _group.Apply(
        output => QueueCommandWriter.Publish(output, [partition], QueueGroup.Unit(body) with { TagHash = tag }));

    private IReadOnlyList<PartitionMessage> Read(
        long offset, out long next, int max = 100, int bytes = 1_000_000, int[]? tags = null)
    {
        next = offset;
        return Reader.Read(Reader.Find(First)!, new PartitionQuery(offset, max, bytes, tags, 0), ref next);
    }

    private (long Min, long Max) MinMax()
    {
        QueueState partition = Reader.Find(First)!;
        return (partition.MinOffset, partition.NextSequence);
    }

    private static string BodyOf(PartitionMessage message) => Encoding.UTF8.GetString(message.Message.Body.ToArray());
}
