using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Fakes;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class LaneSenderTests
{
    private static readonly LaneSource Source = LaneSource.Of(new NodeIncarnation(new NodeId(1), 1));

    private readonly ManualTime _time = new();
    private readonly List<byte[]> _sent = [];
    private readonly Completion _completion = new();
    private readonly LaneSender _lane;
    private bool _reachable = true;

    public LaneSenderTests() => _lane = new LaneSender(Source, Send, _time, timeoutMs: 5000);

    [Fact]
    public void Commands_are_answered_in_the_order_of_their_batch()
    {
        Enqueue("a", 1);
        Answer(1, new Answer(Reply.Ok, 11));

        Assert.Equal([(1UL, new Answer(Reply.Ok, 11))], _completion.Answers);
        Assert.Equal(0, _lane.PendingBytes);
    }

    [Fact]
    public void Commands_collect_while_batches_are_under_way()
    {
        for (ulong tag = 1; tag <= 10; tag++)
            Enqueue("x", tag);

        Assert.Equal([1, 1, 1], _sent.Select(Count));
        Answer(1, Answers(1));
        Assert.Equal([1, 1, 1, 7], _sent.Select(Count));
        Assert.Equal([1L, 2L, 3L, 4L], _sent.Select(Number));
    }

    [Fact]
    public void What_is_enqueued_in_a_turn_goes_together_at_its_end()
    {
        var turn = BrokerTurn.Begin();
        for (ulong tag = 1; tag <= 10; tag++)
            Enqueue("x", tag);
        Assert.Empty(_sent);
        turn.End();
        Assert.Equal([10], _sent.Select(Count));

        Enqueue("y", 11);
        Assert.Equal([10, 1], _sent.Select(Count));
    }

    [Fact]
    public void A_full_batch_does_not_wait_for_the_end_of_the_turn()
    {
        var turn = BrokerTurn.Begin();
        Enqueue(new string('x', LaneSender.SoftBatchBytes), 1);
        Assert.Equal([1], _sent.Select(Count));
        turn.End();
        Assert.Single(_sent);
    }

    [Fact]
    public void An_answer_in_the_middle_of_a_turn_does_not_cut_it_in_two()
    {
        Enqueue("a", 1);
        var turn = BrokerTurn.Begin();
        Enqueue("b", 2);
        Answer(1, Answers(1));
        Enqueue("c", 3);
        Assert.Equal([1], _sent.Select(Count));
        turn.End();
        Assert.Equal([1, 2], _sent.Select(Count));
    }

    [Fact]
    public void Who_enqueues_beside_the_turn_of_another_thread_goes_with_it()
    {
        var turn = BrokerTurn.Begin();
        Enqueue("a", 1);
        var other = new Thread(() => Enqueue("b", 2));
        other.Start();
        other.Join();
        Assert.Empty(_sent);
        turn.End();
        Assert.Equal([2], _sent.Select(Count));
    }

    [Fact]
    public void What_follows_a_mark_goes_into_a_later_batch()
    {
        Assert.Equal(0, _lane.Mark());
        for (ulong tag = 1; tag <= 5; tag++)
            Enqueue("x", tag);

        Assert.Equal(4, _lane.Mark());
        Assert.Equal(4, _lane.Mark());
        Enqueue("y", 6);

        Assert.Equal(5, _lane.LastNumber);
        Answer(1, Answers(1));
        Answer(2, Answers(1));
        Assert.Equal([1, 1, 1, 2, 1], _sent.Select(Count));
    }

    [Fact]
    public void A_new_leader_gets_everything_unanswered_again_under_the_same_numbers()
    {
        Enqueue("a", 1);
        Enqueue("b", 2);
        Answer(1, Answers(1));
        _sent.Clear();

        _lane.SendAgain();

        Assert.Equal(2, Number(Assert.Single(_sent)));
    }

    [Fact]
    public void A_gap_is_repaired_from_where_it_begins_and_once_however_many_batches_report_it()
    {
        Enqueue("a", 1);
        Enqueue("b", 2);
        Enqueue("c", 3);
        _sent.Clear();

        _lane.Answered(3, LaneVerdict.Gap, null, expected: 2);
        _lane.Answered(3, LaneVerdict.Gap, null, expected: 2);

        Assert.Equal([2L, 3L], _sent.Select(Number));
    }

    [Fact]
    public void A_command_that_fits_no_entry_is_answered_and_leaves_its_batch_as_it_was()
    {
        for (ulong tag = 1; tag <= 4; tag++)
            Enqueue("x", tag);
        long pending = _lane.PendingBytes;

        int bytes = _lane.Enqueue(
            BatchBuilder.MaxCommandBytes + 1, static (size, output) => output.Write(new byte[size]), _completion, 5);
        Enqueue("yy", 6);
        Answer(1, Answers(1));

        Assert.Equal(0, bytes);
        Assert.Equal(
            [(5UL, new Answer(Reply.TooLarge, 0)), (1UL, Core.Groups.Answer.Ok)], _completion.Answers);
        Assert.Equal([1, 1, 1, 2], _sent.Select(Count));
        Assert.Equal(pending - 1 + 2, _lane.PendingBytes);
    }

    [Fact]
    public void The_largest_command_goes_and_fits_a_page_of_the_log_with_the_fullest_batch_before_it()
    {
        _lane.Enqueue(
            BatchBuilder.MaxCommandBytes, static (size, output) => output.Write(new byte[size]), _completion, 1);

        Assert.Single(_sent);
        long table = 4L * BatchBuilder.MaxCommands;
        long before = Math.Max(LaneSender.SoftBatchBytes, NodeServices.MaxBatchBytes);
        Assert.True(before + BatchBuilder.MaxCommandBytes + table + 1024 < 1 << new LogStoreOptions { Directory = "" }.PageBits);
    }

    [Fact]
    public void The_end_of_a_life_leaves_no_pending_bytes_behind()
    {
        Enqueue("a", 1);

        _lane.End();

        Assert.Equal(0, _lane.PendingBytes);
    }

    [Fact]
    public void A_repetition_is_a_copy_because_a_leader_stamps_what_it_proposes()
    {
        List<Memory<byte>> sent = [];
        var lane = new LaneSender(
            Source,
            batch =>
            {
                sent.Add(batch);
                return true;
            },
            _time,
            5000);
        lane.Enqueue("a", Write, _completion, 1);
        BatchHeader.Stamp(sent[0].Span, 42);

        lane.SendAgain();
        BatchHeader.Stamp(sent[1].Span, 43);

        Assert.Equal(42, BatchHeader.Read(sent[0].Span).TimestampMs);
    }

    [Fact]
    public void A_late_answer_makes_it_repeat_and_a_gap_too()
    {
        Enqueue("a", 1);
        _time.Advance(1100);
        _lane.Tick();
        Assert.Equal([1L, 1L], _sent.Select(Number));

        Enqueue("b", 2);
        _sent.Clear();
        _lane.Answered(2, LaneVerdict.Gap, null, expected: 1);
        Assert.Equal([1L, 2L], _sent.Select(Number));
    }

    [Fact]
    public void Who_waits_too_long_is_told_once_and_the_late_answer_is_swallowed()
    {
        _reachable = false;
        Enqueue("a", 1);
        _time.Advance(5001);
        _lane.Tick();
        Assert.Equal([(1UL, new Answer(Reply.TimedOut, 0))], _completion.Answers);

        Answer(1, Answers(1));
        Assert.Single(_completion.Answers);
    }

    [Fact]
    public void An_ended_lane_answers_everybody_and_sends_nothing_more()
    {
        Enqueue("a", 1);
        _lane.End();
        Enqueue("b", 2);

        Assert.Equal([Reply.TimedOut, Reply.Unavailable], _completion.Answers.Select(answer => answer.Answer.Reply));
        Assert.Single(_sent);
    }

    [Fact]
    public void A_request_that_names_the_last_number_waits_for_what_is_still_open()
    {
        for (ulong tag = 1; tag <= 5; tag++)
            Enqueue("x", tag);

        Assert.Equal(4, _lane.LastNumber);
    }

    private static void Write(string text, IBufferWriter<byte> output) =>
        output.Write(System.Text.Encoding.UTF8.GetBytes(text));

    private static int Count(byte[] batch) => BatchHeader.Read(batch).Count;

    private static long Number(byte[] batch) => BatchHeader.Read(batch).Number;

    private static Answer[] Answers(int count) => [.. Enumerable.Repeat(Core.Groups.Answer.Ok, count)];

    private void Enqueue(string command, ulong tag) => _lane.Enqueue(command, Write, _completion, tag);

    private void Answer(long number, params Answer[] answers) =>
        _lane.Answered(number, LaneVerdict.Next, answers, number + 1);

    private bool Send(Memory<byte> batch)
    {
        if (_reachable)
            _sent.Add(batch.ToArray());
        return _reachable;
    }

    private sealed class Completion : ILaneCompletion
    {
        public List<(ulong Tag, Answer Answer)> Answers { get; } = [];

        public void Completed(ulong tag, int bytes, Answer answer) => Answers.Add((tag, answer));

        public void Flush()
        {
            // Nothing is batched here.
        }
    }
}
