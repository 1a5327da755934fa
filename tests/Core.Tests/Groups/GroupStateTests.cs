using System.Buffers;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Groups;

public sealed class GroupStateTests
{
    private static readonly NodeIncarnation Node = new(new NodeId(7), 3);
    private static readonly LaneSource Lane = LaneSource.Of(Node);

    private readonly RecordingMachine _machine = new() { EndOn = Node };
    private readonly GroupState _state;
    private long _index;

    public GroupStateTests() => _state = new GroupState(new GroupId(1), _machine);

    [Fact]
    public void A_batch_is_applied_in_order_and_answered_once_per_command()
    {
        BatchResult result = Apply(Lane, 1, 0, "a", "b");

        Assert.Equal(LaneVerdict.Next, result.Verdict);
        Assert.Equal([new Answer(Reply.Ok, 1), new Answer(Reply.Ok, 2)], result.Answers!);
        Assert.Equal(["a", "b"], Commands());
    }

    [Fact]
    public void A_state_that_names_a_lane_twice_is_not_read()
    {
        var bytes = new ArrayBufferWriter<byte>();
        bytes.WriteInt32(1);
        bytes.WriteInt64(5);
        bytes.WriteInt64(1);
        bytes.WriteInt64(1_000);
        bytes.WriteInt32(2);
        for (int twice = 0; twice < 2; twice++)
        {
            bytes.WriteInt32(Node.Node.Value);
            bytes.WriteInt64(Node.Incarnation);
        }

        Assert.Throws<InvariantException>(() => _state.ReadState(new ReadOnlySequence<byte>(bytes.WrittenMemory)));
    }

    [Fact]
    public void A_repeated_batch_gets_its_first_answers_and_changes_nothing()
    {
        Apply(Lane, 1, 0, "a");
        Apply(Lane, 2, 0, "b");

        BatchResult again = Apply(Lane, 1, 0, "a");

        Assert.Equal(LaneVerdict.Repeated, again.Verdict);
        Assert.Equal([new Answer(Reply.Ok, 1)], again.Answers!);
        Assert.Equal(["a", "b"], Commands());
    }

    [Fact]
    public void An_answer_keeps_its_position_in_a_snapshot_and_between_nodes()
    {
        _machine.FirstPosition = 1L << 45;
        BatchResult first = Apply(Lane, 1, 0, "a", "b");
        var bytes = new ArrayBufferWriter<byte>();
        _state.WriteState(bytes);
        var copy = new GroupState(new GroupId(1), new RecordingMachine());
        copy.ReadState(new ReadOnlySequence<byte>(bytes.WrittenMemory));

        BatchResult again = copy.Judge(new BatchHeader(BatchKind.Machine, Lane, 1, 0, 0, 2));
        BatchResult sent = PeerCodec.ReadAnswer(PeerCodec.WriteAnswer(first));

        Assert.Equal([new Answer(Reply.Ok, 1, 1L << 45), new Answer(Reply.Ok, 2)], first.Answers!);
        Assert.Equal(first.Answers!, again.Answers!);
        Assert.Equal(first.Answers!, sent.Answers!);
    }

    [Fact]
    public void A_gap_is_refused_and_says_where_to_go_on()
    {
        Apply(Lane, 1, 0, "a");

        BatchResult result = Apply(Lane, 3, 0, "c");

        Assert.Equal(LaneVerdict.Gap, result.Verdict);
        Assert.Equal(2, result.Expected);
        Assert.Equal(["a"], Commands());
    }

    [Fact]
    public void A_lane_that_does_not_begin_at_1_is_refused()
    {
        Assert.Equal(LaneVerdict.Gap, Apply(Lane, 2, 1, "b").Verdict);
    }

    [Fact]
    public void Answers_that_the_source_has_are_forgotten()
    {
        Apply(Lane, 1, 0, "a");
        Apply(Lane, 2, 1, "b");

        Assert.Equal(LaneVerdict.Forgotten, Apply(Lane, 1, 0, "a").Verdict);
        Assert.Equal(["a", "b"], Commands());
    }

    [Fact]
    public void A_source_that_never_takes_its_answers_is_stopped()
    {
        for (int number = 1; number <= LaneTable.MaxKeptBatches; number++)
            Assert.Equal(LaneVerdict.Next, Apply(Lane, number, 0, "x").Verdict);

        Assert.Equal(LaneVerdict.Gap, Apply(Lane, LaneTable.MaxKeptBatches + 1, 0, "x").Verdict);
        Assert.Equal(LaneVerdict.Next, Apply(Lane, LaneTable.MaxKeptBatches + 1, 1, "x").Verdict);
    }

    [Fact]
    public void The_lane_of_a_life_that_is_gone_is_refused_for_ever_and_the_next_life_begins_anew()
    {
        Apply(Lane, 1, 0, "a");
        Apply(LaneSource.Of(new NodeIncarnation(new NodeId(8), 1)), 1, 0, "E");

        Assert.Equal(LaneVerdict.Gone, Apply(Lane, 2, 0, "late").Verdict);
        Assert.Equal(LaneVerdict.Gone, Apply(new LaneSource(LaneSourceKind.Group, -7, 3), 1, 0, "late").Verdict);
        Assert.Equal(LaneVerdict.Next, Apply(Lane with { Incarnation = 4 }, 1, 0, "b").Verdict);
        Assert.Equal(["a", "E", "b"], Commands());
    }

    [Fact]
    public void What_is_sent_to_another_group_waits_under_its_number_until_it_is_there()
    {
        Apply(Lane, 1, 0, "S1", "S2");
        var target = new GroupId(2);

        Assert.Equal([1L, 2L], _state.OutboxWaiting(target, 0, 10).Select(one => one.Number));
        Assert.Equal([2L], _state.OutboxWaiting(target, 1, 10).Select(one => one.Number));
        ApplyOutboxDone(target, 0, 1);

        Assert.Equal([2L], _state.OutboxWaiting(target, 0, 10).Select(one => one.Number));
        Assert.Equal("S1"u8.ToArray(), Assert.Single(_machine.Struck));
        Assert.Equal(2, _state.OutboxBytes);
    }

    [Fact]
    public void A_late_word_about_an_earlier_life_of_a_local_group_strikes_nothing()
    {
        var machine = new RecordingMachine { SendTo = GroupId.LocalOf(Node.Node), EndOn = Node };
        var state = new GroupState(new GroupId(1), machine);
        state.Apply(Batch(1, LaneSource.Of(new NodeIncarnation(new NodeId(8), 1)), 1, 0, "S1", "S2", "E", "S3"));
        GroupId target = GroupId.LocalOf(Node.Node);

        state.Apply(OutboxDone(2, target, 0, 2));

        Assert.Equal([1L], state.OutboxWaiting(target, 0, 10).Select(one => one.Number));
        state.Apply(OutboxDone(3, target, state.OutboxEpoch(target), 1));
        Assert.Empty(state.OutboxWaiting(target, 0, 10));
    }

    [Fact]
    public void The_state_comes_back_byte_for_byte_from_a_snapshot()
    {
        Apply(Lane, 1, 0, "a", "S1");
        Apply(LaneSource.Of(new NodeIncarnation(new NodeId(8), 1)), 1, 0, "b");
        ArrayBufferWriter<byte> first = Snapshot(_state);

        var copy = new GroupState(new GroupId(1), new RecordingMachine());
        copy.ReadState(new ReadOnlySequence<byte>(first.WrittenMemory));

        Assert.Equal(first.WrittenSpan.ToArray(), Snapshot(copy).WrittenSpan.ToArray());
        Assert.Equal(LaneVerdict.Repeated, copy.Apply(Batch(_index + 1, Lane, 1, 0, "a", "S1")).Verdict);
        Assert.Equal([1L], copy.OutboxWaiting(new GroupId(2), 0, 10).Select(one => one.Number));
    }

    [Fact]
    public void Log_time_that_goes_back_is_a_bug()
    {
        _state.Apply(Batch(1, Lane, 1, 0, "a"));
        Entry earlier = Batch(2, Lane, 2, 0, "b");
        BatchHeader.Stamp(System.Runtime.InteropServices.MemoryMarshal.AsMemory(earlier.Payload).Span, 1);

        Assert.Throws<InvariantException>(() => _state.Apply(earlier));
    }

    [Fact]
    public void A_command_is_found_by_its_slot()
    {
        ReadOnlyMemory<byte> batch = Batch(1, Lane, 1, 0, "first", "", "third").Payload;

        Assert.Equal("first"u8.ToArray(), BatchView.Command(batch, 0).ToArray());
        Assert.Empty(BatchView.Command(batch, 1).ToArray());
        Assert.Equal("third"u8.ToArray(), BatchView.Command(batch, 2).ToArray());
        Assert.Throws<InvariantException>(() => BatchView.Command(batch, 3));
    }

    private static ArrayBufferWriter<byte> Snapshot(GroupState state)
    {
        var output = new ArrayBufferWriter<byte>();
        state.WriteState(output);
        return output;
    }

    private static Entry Batch(long index, LaneSource source, long number, long seen, params string[] commands)
    {
        var builder = new BatchBuilder();
        foreach (string command in commands)
            builder.Add(System.Text.Encoding.UTF8.GetBytes(command));
        Memory<byte> payload = builder.Seal(BatchKind.Machine, source, number, seen);
        BatchHeader.Stamp(payload.Span, 1000 + index);
        return new Entry(index, 1, EntryKind.Batch, payload);
    }

    private static Entry OutboxDone(long index, GroupId target, int epoch, long upTo)
    {
        var builder = new BatchBuilder();
        GroupState.WriteOutboxDone(builder, target, epoch, upTo);
        builder.EndCommand();
        Memory<byte> payload = builder.Seal(BatchKind.Group, LaneSource.Leader, 0, 0);
        BatchHeader.Stamp(payload.Span, 1000 + index);
        return new Entry(index, 1, EntryKind.Batch, payload);
    }

    private BatchResult Apply(LaneSource source, long number, long seen, params string[] commands) =>
        _state.Apply(Batch(++_index, source, number, seen, commands));

    private void ApplyOutboxDone(GroupId target, int epoch, long upTo) =>
        _state.Apply(OutboxDone(++_index, target, epoch, upTo));

    private IEnumerable<string> Commands() => _machine.Applied.Select(System.Text.Encoding.UTF8.GetString);
}
