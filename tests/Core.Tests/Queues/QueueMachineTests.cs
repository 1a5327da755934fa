using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class QueueMachineTests
{
    private static readonly ConnectionKey Holder = new(QueueGroup.NodeA, 1);
    private readonly QueueGroup _group = new();

    [Fact]
    public void A_new_queue_is_told_to_the_directory_and_so_is_its_end()
    {
        QueueId queue = _group.Create();
        Answer removed = _group.Apply(output => QueueCommandWriter.RemoveQueue(output, queue));
        Answer again = _group.Apply(output => QueueCommandWriter.RemoveQueue(output, queue));

        Assert.Equal(Reply.Ok, removed.Reply);
        Assert.Equal(Reply.QueueNotFound, again.Reply);
        Assert.Equal(
            [(DirectoryNews.QueueReady, queue), (DirectoryNews.QueueGone, queue)],
            _group.Context.Sent.Select(sent => DirectoryNews.Read(sent.Payload)));
        Assert.All(_group.Context.Sent, sent => Assert.Equal(GroupId.Directory, sent.Target));
        ReadOnlyMemory<byte> payload = _group.Context.Sent[0].Payload;
        Assert.Equal(payload, _group.Machine.Materialize(payload, _group));
    }

    [Fact]
    public void A_publish_answers_with_the_sequence_in_the_first_target_that_has_it()
    {
        _group.Create();
        _group.Create(id: 8, name: "other");
        Assert.Equal(new Answer(Reply.Ok, 0), _group.Publish("a"));
        Assert.Equal(
            new Answer(Reply.Ok, 1),
            _group.Publish("b", null, 0, new QueueId(99), QueueGroup.Orders, new QueueId(8)));
        Assert.Equal(new Answer(Reply.Gone, 0), _group.Publish("c", null, 0, new QueueId(99)));
        Assert.Equal(2, _group.Status().Ready);
        Assert.Equal(1, _group.Status(new QueueId(8)).Ready);
        _group.CheckState();
    }

    [Fact]
    public void A_fanned_out_body_lives_until_the_last_queue_is_done_with_it()
    {
        QueueId first = _group.Create();
        QueueId second = _group.Create(id: 8, name: "other");
        _group.Publish("a", null, 0, first, second);
        long index = _group.LastIndex;
        _group.SettleIn(first, Holder, SettleOutcome.Done, 0);
        Assert.Equal([index], _group.Machine.LiveIndexes());
        _group.SettleIn(second, Holder, SettleOutcome.Done, 0);
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void A_deleted_queue_gives_its_bodies_back()
    {
        QueueId queue = _group.Create(new QueueSettings { RewindMs = 60_000 });
        for (int i = 0; i < 5; i++)
            _group.Publish("a");
        _group.SettleBy(Holder, SettleOutcome.Done, 1, 2);
        Assert.Equal(5, _group.Machine.LiveIndexes().Count);
        _group.Apply(output => QueueCommandWriter.RemoveQueue(output, queue));
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void A_queue_that_refuses_counts_what_is_unsettled()
    {
        _group.Create(new QueueSettings { MaxMessages = 2, Overflow = Overflow.Refuse });
        _group.Publish("a");
        _group.Publish("b");
        Assert.Equal(Reply.Full, _group.Publish("c").Reply);
        _group.SettleBy(Holder, SettleOutcome.Done, 0);
        Assert.Equal(new Answer(Reply.Ok, 2), _group.Publish("d"));
    }

    [Fact]
    public void A_byte_limit_refuses_too()
    {
        _group.Create(new QueueSettings { MaxBytes = 10, Overflow = Overflow.Refuse });
        Assert.Equal(Reply.Ok, _group.Publish("123456").Reply);
        Assert.Equal(Reply.Full, _group.Publish("12345").Reply);
        Assert.Equal(Reply.Ok, _group.Publish("1234").Reply);
        _group.CheckState();
    }

    [Fact]
    public void One_target_that_refuses_is_told_and_the_others_have_the_message()
    {
        QueueId full = _group.Create(new QueueSettings { MaxMessageBytes = 1 });
        QueueId open = _group.Create(id: 8, name: "other");
        Assert.Equal(Reply.TooLarge, _group.Publish("ab", null, 0, full, open).Reply);
        Assert.Equal(0, _group.Status(full).Ready);
        Assert.Equal(1, _group.Status(open).Ready);
    }

    [Fact]
    public void Too_many_delayed_messages_are_refused()
    {
        _group.Create(new QueueSettings { MaxDelayed = 1 });
        Assert.Equal(Reply.Ok, _group.Publish("a", delayMs: 100).Reply);
        Assert.Equal(Reply.TooManyHeld, _group.Publish("b", delayMs: 100).Reply);
        Assert.Equal(Reply.Ok, _group.Publish("c").Reply);
    }

    [Fact]
    public void A_group_in_memory_is_full_when_its_bytes_are_used_and_has_room_when_they_are_settled()
    {
        var group = new QueueGroup(new QueueMachineOptions { MaxStoredBytes = 250 });
        group.Create();
        Assert.Equal(Reply.Ok, group.Publish(new string('x', 150)).Reply);
        Assert.Equal(Reply.Full, group.Publish(new string('x', 150)).Reply);
        group.CheckState();
        group.SettleBy(Holder, SettleOutcome.Done, 0);
        Assert.Equal(Reply.Ok, group.Publish(new string('x', 150)).Reply);
    }

    [Fact]
    public void A_large_body_is_joined_from_its_chunks_and_released_with_its_message()
    {
        _group.Create();
        _group.Apply(output => QueueCommandWriter.Chunk(output, 5, Bytes("hello ")));
        _group.Apply(output => QueueCommandWriter.Chunk(output, 6, Bytes("other")));
        _group.Apply(output => QueueCommandWriter.Chunk(output, 5, Bytes("world")));
        _group.CheckState();
        Answer answer = _group.Apply(output => QueueCommandWriter.Publish(
            output, [QueueGroup.Orders], QueueGroup.Unit("") with { Upload = 5, UploadBytes = 11 }));
        _group.CheckState();

        Assert.Equal(Reply.Ok, answer.Reply);
        DispatchedMessage got = Assert.Single(_group.Get().Messages);
        Assert.Equal("hello world", _group.BodyOf(got));
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeA, 50), SettleOutcome.Done, 0);
        // Only the upload that nobody published is left.
        Assert.Equal([3], _group.Machine.LiveIndexes());
        _group.Pass(60_000);
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Theory]
    [InlineData(5, 12)]
    [InlineData(9, 11)]
    public void A_publish_whose_body_is_not_there_or_not_whole_is_refused(long upload, long bytes)
    {
        _group.Create();
        _group.Apply(output => QueueCommandWriter.Chunk(output, 5, Bytes("hello world")));
        Answer answer = _group.Apply(output => QueueCommandWriter.Publish(
            output, [QueueGroup.Orders], QueueGroup.Unit("") with { Upload = upload, UploadBytes = bytes }));
        Assert.Equal(Reply.Full, answer.Reply);
        Assert.Equal(0, _group.Status().Ready);
    }

    [Fact]
    public void Uploads_have_limits_and_end_with_their_node()
    {
        var group = new QueueGroup(new QueueMachineOptions { MaxUploads = 1, MaxMessageBytes = 8 });
        group.Create();
        Assert.Equal(Reply.Ok, group.Apply(output => QueueCommandWriter.Chunk(output, 1, Bytes("12345"))).Reply);
        Assert.Equal(Reply.TooLarge, group.Apply(output => QueueCommandWriter.Chunk(output, 1, Bytes("6789"))).Reply);
        Assert.Equal(Reply.LimitReached, group.Apply(output => QueueCommandWriter.Chunk(output, 2, Bytes("1"))).Reply);
        group.Apply(output => QueueCommandWriter.NodeGone(output, QueueGroup.NodeA));
        Assert.Empty(group.Machine.LiveIndexes());
        Assert.Equal([QueueGroup.NodeA], group.Context.Ended);
        Assert.Equal(Reply.Ok, group.Apply(output => QueueCommandWriter.Chunk(output, 2, Bytes("1"))).Reply);
    }

    [Fact]
    public void An_auto_delete_queue_goes_with_its_last_consumer_and_not_before_the_first()
    {
        QueueId queue = _group.Create(autoDelete: true);
        ConsumerKey first = _group.Attach(connection: 1);
        ConsumerKey second = _group.Attach(connection: 2);
        _group.Apply(output => QueueCommandWriter.Detach(output, queue, first));
        Assert.Equal(1, _group.Status().Consumers);
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, second.Connection));
        Assert.Equal(Reply.QueueNotFound, _group.Get().Reply);
        Assert.Equal((DirectoryNews.QueueGone, queue), DirectoryNews.Read(_group.Context.Sent[^1].Payload));
    }

    [Fact]
    public void A_gone_node_takes_its_consumers_and_its_exclusive_queues_along()
    {
        _group.Create();
        var owner = new ConnectionKey(QueueGroup.NodeB, 3);
        _group.Create(id: 8, name: "mine", owner: owner);
        _group.Attach(connection: 3, node: QueueGroup.NodeB);
        _group.Attach(connection: 3);
        _group.Apply(output => QueueCommandWriter.NodeGone(output, QueueGroup.NodeB));
        Assert.Equal(1, _group.Status().Consumers);
        Assert.Equal(Reply.QueueNotFound, _group.Get(queue: new QueueId(8)).Reply);
        _group.CheckState();
    }

    [Fact]
    public void An_exclusive_consumer_is_alone_and_an_owned_queue_is_its_owners()
    {
        QueueId queue = _group.Create();
        ConsumerKey Consumer(int connection) => new(new ConnectionKey(QueueGroup.NodeA, connection), 1);
        Reply Attach(QueueId id, int connection, bool exclusive) => _group.Apply(
            output => QueueCommandWriter.Attach(output, id, Consumer(connection), 0, exclusive)).Reply;

        Assert.Equal(Reply.Ok, Attach(queue, 1, exclusive: true));
        Assert.Equal(Reply.Ok, Attach(queue, 1, exclusive: true));
        Assert.Equal(Reply.ExclusiveUse, Attach(queue, 2, exclusive: false));
        _group.Apply(output => QueueCommandWriter.Detach(output, queue, Consumer(1)));
        Assert.Equal(Reply.Ok, Attach(queue, 2, exclusive: false));
        Assert.Equal(Reply.ExclusiveUse, Attach(queue, 1, exclusive: true));
        Assert.Equal(Reply.QueueNotFound, Attach(new QueueId(99), 1, exclusive: false));

        QueueId owned = _group.Create(id: 8, name: "mine", owner: new ConnectionKey(QueueGroup.NodeA, 1));
        Assert.Equal(Reply.Locked, Attach(owned, 2, exclusive: false));
        Assert.Equal(Reply.Ok, Attach(owned, 1, exclusive: false));
    }

    [Fact]
    public void Retention_takes_everything_that_is_old_whoever_holds_it()
    {
        _group.Create(new QueueSettings { RetentionMs = 10_000, DeadLetter = new DeadLetterTarget("dead", null) });
        _group.Publish("held");
        _group.Attach(credit: 1);
        _group.Publish("ready");
        _group.Publish("delayed", delayMs: 60_000);
        _group.Settle();
        DispatchedMessage held = Assert.Single(_group.Delivered);
        Assert.Equal("held", _group.BodyOf(held));
        _group.Pass(9_999);
        Assert.Equal(1, _group.Status().Ready);
        _group.Pass(501);
        QueueStatus status = _group.Status();
        Assert.Equal((0, 0, 0), (status.Ready, status.Held, status.Delayed));
        Assert.Empty(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void An_unknown_or_cut_command_stops_the_node()
    {
        _group.Create();
        Assert.Throws<InvariantException>(() => _group.Apply(output => output.Write([(byte)99])));
        var command = new ArrayBufferWriter<byte>();
        QueueCommandWriter.Publish(command, [QueueGroup.Orders], QueueGroup.Unit("abc"));
        for (int cut = 0; cut < 20; cut++)
        {
            ReadOnlyMemory<byte> part = command.WrittenMemory[..cut];
            Assert.Throws<InvariantException>(() => _group.Apply(output => output.Write(part.Span)));
        }
    }

    [Fact]
    public void A_queue_longer_than_a_block_is_settled_in_any_order()
    {
        _group.Create();
        const int Messages = 5_000;
        for (int i = 0; i < Messages; i++)
            _group.Publish("a");
        long[] order = [.. Enumerable.Range(0, Messages).Select(i => (long)(i * 7919L % Messages))];
        foreach (long[] part in order.Chunk(100))
        {
            _group.SettleBy(Holder, SettleOutcome.Done, part);
            if (part[0] % 10 == 0)
                _group.CheckState();
        }

        Assert.Equal(0, _group.Status().Ready);
        Assert.Empty(_group.Machine.LiveIndexes());
        Assert.Equal(Messages, _group.Publish("b").Value);
        _group.CheckState();
    }

    [Fact]
    public void Rows_far_apart_in_time_keep_their_times()
    {
        _group.Create(new QueueSettings { RewindMs = long.MaxValue / 4 });
        _group.Publish("old");
        _group.NowMs += 60L * 24 * 3_600_000;
        _group.Publish("new");
        _group.CheckState();
        Assert.Equal(1_000_000, _group.Status().OldestMs);
        _group.SettleBy(Holder, SettleOutcome.Done, 0);
        Assert.Equal(_group.NowMs, _group.Status().OldestMs);
    }

    private static ReadOnlySequence<byte> Bytes(string text) => new(Encoding.UTF8.GetBytes(text));
}
