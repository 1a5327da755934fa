using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Eager delivery, purge, delete, expiry and length limits at the leader.</summary>
public sealed class QueueDispatcherTests
{
    private readonly QueueGroup _group = new();

    [Fact]
    public void Messages_are_handed_out_in_order_up_to_the_credit()
    {
        _group.Create();
        ConsumerKey consumer = _group.Attach(credit: 2);
        for (int i = 0; i < 5; i++)
            _group.Publish($"{i}");
        _group.Settle();
        Assert.Equal(["0", "1"], _group.Bodies());
        Assert.All(_group.Delivered, message => Assert.Equal((false, 1), (message.Redelivered, message.DeliveryCount)));
        _group.Credit(consumer, 2);
        _group.Settle();
        Assert.Equal(["0", "1", "2", "3"], _group.Bodies());
        QueueStatus status = _group.Status();
        Assert.Equal((1, 4, 1), (status.Ready, status.Held, status.Consumers));
        _group.SettleBy(consumer.Connection, SettleOutcome.Done, 0, 2);
        Assert.Equal(2, _group.Status().Held);
    }

    [Fact]
    public void Nothing_is_handed_out_above_the_delivered_mark_before_that_is_applied()
    {
        _group.Create();
        _group.Publish("a");
        _group.Attach();
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Empty(_group.Delivered);
        Assert.Equal(1, _group.Waiting);
        _group.CommitOne();
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Single(_group.Delivered);
        // The next ones do not wait for it.
        _group.Publish("b");
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(["a", "b"], _group.Bodies());
        Assert.Equal(0, _group.Waiting);
    }

    [Fact]
    public void The_mark_moves_ahead_in_steps_over_many_messages()
    {
        _group.Create();
        _group.Attach(credit: int.MaxValue);
        for (int i = 0; i < 10_000; i++)
            _group.Publish("a");
        long before = _group.LastIndex;
        _group.Settle();
        Assert.Equal(10_000, _group.Delivered.Count);
        Assert.InRange(_group.LastIndex - before, 2, 6);
    }

    [Fact]
    public void Equal_consumers_take_turns_and_higher_ones_come_first()
    {
        _group.Create();
        ConsumerKey low = _group.Attach(connection: 1, credit: 100);
        ConsumerKey one = _group.Attach(connection: 2, credit: 2, priority: 5);
        ConsumerKey two = _group.Attach(connection: 3, credit: 2, priority: 5);
        for (int i = 0; i < 6; i++)
            _group.Publish("a");
        _group.Settle();
        Assert.Equal([one, two, one, two, low, low], _group.Delivered.Select(message => message.Consumer));
    }

    [Fact]
    public void Eager_consumers_and_receives_share()
    {
        _group.Create();
        _group.Attach(credit: 100);
        RequestId first = _group.Wait(5_000);
        RequestId second = _group.Wait(5_000);
        for (int i = 0; i < 4; i++)
            _group.Publish($"{i}");
        _group.Settle();
        Assert.Equal(["0", "2"], _group.Bodies());
        Assert.Equal("1", _group.BodyOf(_group.Responses[first].Messages[0]));
        Assert.Equal("3", _group.BodyOf(_group.Responses[second].Messages[0]));
    }

    [Fact]
    public void What_is_returned_comes_back_in_its_place_and_says_so()
    {
        _group.Create();
        ConsumerKey consumer = _group.Attach(credit: 3);
        for (int i = 0; i < 5; i++)
            _group.Publish($"{i}");
        _group.Settle();
        _group.SettleBy(consumer.Connection, SettleOutcome.Returned, 2, 0);
        _group.CheckState();
        _group.Delivered.Clear();
        _group.Credit(consumer, 3);
        _group.Settle();
        Assert.Equal(["0", "2", "3"], _group.Bodies());
        Assert.Equal([true, true, false], _group.Delivered.Select(message => message.Redelivered));
        Assert.Equal([2, 2, 1], _group.Delivered.Select(message => message.DeliveryCount));
    }

    [Fact]
    public void A_closed_connection_gives_everything_back_and_the_delivery_counts()
    {
        _group.Create();
        ConsumerKey consumer = _group.Attach(connection: 1, credit: 3);
        for (int i = 0; i < 3; i++)
            _group.Publish($"{i}");
        _group.Settle();
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, consumer.Connection));
        _group.Attach(connection: 2);
        _group.Delivered.Clear();
        _group.Settle();
        Assert.Equal(["0", "1", "2"], _group.Bodies());
        Assert.All(_group.Delivered, message => Assert.Equal((true, 2), (message.Redelivered, message.DeliveryCount)));
    }

    [Fact]
    public void A_detached_consumer_keeps_what_it_holds()
    {
        QueueId queue = _group.Create();
        ConsumerKey consumer = _group.Attach(credit: 2);
        _group.Publish("0");
        _group.Settle();
        _group.Apply(output => QueueCommandWriter.Detach(output, queue, consumer));
        _group.Publish("1");
        _group.Settle();
        Assert.Equal(["0"], _group.Bodies());
        Assert.Equal(1, _group.Status().Held);
        _group.SettleBy(consumer.Connection, SettleOutcome.Returned, 0);
        Assert.Equal(2, _group.Status().Ready);
    }

    [Fact]
    public void A_return_by_somebody_else_is_ignored()
    {
        _group.Create();
        ConsumerKey consumer = _group.Attach(credit: 1);
        _group.Publish("0");
        _group.Settle();
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeB, 1), SettleOutcome.Returned, 0);
        Assert.Equal((0, 1), (_group.Status().Ready, _group.Status().Held));
        _group.SettleBy(consumer.Connection, SettleOutcome.Done, 0);
        Assert.Equal((0, 0), (_group.Status().Ready, _group.Status().Held));
    }

    [Fact]
    public void Delivery_pauses_at_the_most_a_consumer_may_hold()
    {
        var group = new QueueGroup(limits: new LimitOptions { MaxHeldPerConsumer = 2 });
        group.Create();
        ConsumerKey consumer = group.Attach();
        for (int i = 0; i < 4; i++)
            group.Publish($"{i}");
        group.Settle();
        Assert.Equal(2, group.Delivered.Count);
        group.SettleBy(consumer.Connection, SettleOutcome.Done, 0);
        group.Settle();
        Assert.Equal(["0", "1", "2"], group.Bodies());
        group.Get();
        Assert.Equal(Reply.Ok, group.Get().Reply);
        group.Publish("4");
        group.Publish("5");
        group.Get();
        Assert.Equal(Reply.TooManyHeld, group.Get().Reply);
    }

    [Fact]
    public void Credit_that_overtakes_its_attach_is_kept()
    {
        QueueId queue = _group.Create();
        var consumer = new ConsumerKey(new ConnectionKey(QueueGroup.NodeA, 1), 1);
        _group.Credit(consumer, 1);
        _group.Publish("a");
        _group.Publish("b");
        _group.Apply(output => QueueCommandWriter.Attach(output, queue, consumer, 0, false));
        _group.Settle();
        Assert.Equal(["a"], _group.Bodies());
    }

    [Fact]
    public void A_get_takes_one_message_and_tells_how_many_are_left()
    {
        _group.Create();
        Assert.Empty(_group.Get().Messages);
        _group.Publish("a");
        _group.Publish("b");
        QueueResponse response = _group.Get();
        Assert.Equal("a", _group.BodyOf(Assert.Single(response.Messages)));
        Assert.Equal(1, response.Count);
        Assert.Equal(1, _group.Status().Held);
        _group.Get(autoSettle: true);
        Assert.Equal((0, 1), (_group.Status().Ready, _group.Status().Held));
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, new ConnectionKey(QueueGroup.NodeA, 50)));
        Assert.True(Assert.Single(_group.Get().Messages).Redelivered);
    }

    [Fact]
    public void A_purge_drops_what_is_ready_and_only_that()
    {
        _group.Create(new QueueSettings { DeadLetter = new DeadLetterTarget("dead", null), MaxBytes = 1_000 });
        ConsumerKey consumer = _group.Attach(credit: 2);
        for (int i = 0; i < 6; i++)
            _group.Publish("abc");
        _group.Publish("late", delayMs: 1_000);
        _group.Settle();
        _group.SettleBy(consumer.Connection, SettleOutcome.Returned, 0);
        _group.Receive();
        Assert.Equal(12, _group.Status().ReadyBytes);
        QueueResponse purged = _group.Ask(id => new QueueRequest.Purge(id, QueueGroup.Orders));
        Assert.Equal(4, purged.Count);
        QueueStatus status = _group.Status();
        Assert.Equal((0, 2, 1, 0), (status.Ready, status.Held, status.Delayed, status.ReadyBytes));
        _group.CheckState();
        Assert.Equal(0, _group.Ask(id => new QueueRequest.Purge(id, QueueGroup.Orders)).Count);
        _group.Pass(1_000);
        Assert.Equal(1, _group.Status().Ready);
    }

    [Fact]
    public void What_is_being_purged_is_gone_for_everybody_at_once()
    {
        _group.Create();
        _group.Publish("a");
        RequestId purge = _group.NextRequest();
        _group.Dispatcher.Handle(new QueueRequest.Purge(purge, QueueGroup.Orders), _group.NowMs);
        Assert.False(_group.Responses.ContainsKey(purge));
        RequestId get = _group.NextRequest();
        _group.Dispatcher.Handle(
            new QueueRequest.Get(get, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 5), false),
            _group.NowMs);
        Assert.Empty(_group.Responses[get].Messages);
        Assert.Equal(0, _group.Status().Ready);
        Assert.Equal(1, _group.Responses[purge].Count);
    }

    [Fact]
    public void Deleting_asks_for_its_conditions()
    {
        QueueId queue = _group.Create();
        ConsumerKey consumer = _group.Attach(credit: 0);
        _group.Publish("a");
        QueueResponse Delete(bool ifUnused, bool ifEmpty) =>
            _group.Ask(id => new QueueRequest.Delete(id, queue, ifUnused, ifEmpty));

        Assert.Equal(Reply.InUse, Delete(true, false).Reply);
        Assert.Equal(Reply.NotEmpty, Delete(false, true).Reply);
        _group.Apply(output => QueueCommandWriter.Detach(output, queue, consumer));
        QueueResponse deleted = Delete(true, false);
        Assert.Equal((Reply.Ok, 1), (deleted.Reply, deleted.Count));
        Assert.Equal(Reply.QueueNotFound, Delete(false, false).Reply);
    }

    [Fact]
    public void A_conditional_delete_is_refused_when_somebody_came_meanwhile()
    {
        QueueId queue = _group.Create();
        RequestId ifEmpty = _group.NextRequest();
        RequestId ifUnused = _group.NextRequest();
        _group.Dispatcher.Handle(new QueueRequest.Delete(ifEmpty, queue, false, true), _group.NowMs);
        _group.Dispatcher.Handle(new QueueRequest.Delete(ifUnused, queue, true, false), _group.NowMs);
        _group.Publish("a");
        _group.Attach(credit: 0);
        _group.Settle();
        Assert.Equal(Reply.NotEmpty, _group.Responses[ifEmpty].Reply);
        Assert.Equal(Reply.InUse, _group.Responses[ifUnused].Reply);
        Assert.Equal(1, _group.Status().Ready);
    }

    [Fact]
    public void A_deleted_queue_answers_everybody_who_waits()
    {
        QueueId queue = _group.Create();
        RequestId waiting = _group.Wait(30_000);
        _group.Apply(output => QueueCommandWriter.RemoveQueue(output, queue));
        _group.Settle();
        Assert.Equal(Reply.QueueNotFound, _group.Responses[waiting].Reply);
    }

    [Fact]
    public void Old_messages_at_the_head_expire_and_those_behind_a_younger_one_wait()
    {
        _group.Create();
        _group.Publish("long", ttlMs: 5_000);
        _group.Publish("short", ttlMs: 1_000);
        _group.Publish("ever");
        _group.Pass(4_999);
        Assert.Equal(3, _group.Status().Ready);
        _group.Pass(1);
        Assert.Equal(1, _group.Status().Ready);
        Assert.Equal("ever", _group.BodyOf(Assert.Single(_group.Get().Messages)));
        Assert.Single(_group.Machine.LiveIndexes());
        _group.CheckState();
    }

    [Fact]
    public void The_smaller_of_the_queues_and_the_messages_time_counts()
    {
        _group.Create(new QueueSettings { MessageTtlMs = 2_000 });
        _group.Publish("a", ttlMs: 1_000);
        _group.Publish("b", ttlMs: 9_000);
        _group.Pass(1_000);
        Assert.Equal(1, _group.Status().Ready);
        _group.Pass(1_000);
        Assert.Equal(0, _group.Status().Ready);
    }

    [Fact]
    public void Returning_does_not_make_a_message_younger()
    {
        _group.Create(new QueueSettings { MessageTtlMs = 1_000 });
        ConsumerKey consumer = _group.Attach(credit: 1);
        _group.Publish("a");
        _group.Pass(5_000);
        Assert.Equal(1, _group.Status().Held);
        _group.SettleBy(consumer.Connection, SettleOutcome.Returned, 0);
        Assert.Equal((0, 0), (_group.Status().Ready, _group.Status().Held));
    }

    [Fact]
    public void A_message_without_any_time_reaches_who_waits_and_nobody_else()
    {
        _group.Create(new QueueSettings { MessageTtlMs = 0 });
        ConsumerKey consumer = _group.Attach(credit: 1);
        _group.Settle();
        _group.Publish("a");
        _group.Publish("b");
        _group.Settle();
        Assert.Equal(["a"], _group.Bodies());
        Assert.Equal(0, _group.Status().Ready);
        _group.Credit(consumer, 5);
        _group.Settle();
        Assert.Single(_group.Delivered);
    }

    [Fact]
    public void Too_many_messages_drop_the_oldest_ready_ones()
    {
        _group.Create(new QueueSettings { MaxMessages = 2 });
        _group.Attach(credit: 1);
        for (int i = 0; i < 5; i++)
        {
            _group.Publish($"{i}");
            _group.Settle();
        }

        Assert.Equal(["0"], _group.Bodies());
        Assert.Equal((2, 1), (_group.Status().Ready, _group.Status().Held));
        Assert.Equal("3", _group.BodyOf(Assert.Single(_group.Get().Messages)));
    }

    [Fact]
    public void Too_many_bytes_drop_the_oldest_ready_ones()
    {
        _group.Create(new QueueSettings { MaxBytes = 10 });
        foreach (string body in new[] { "aaaa", "bbbb", "cccc" })
            _group.Publish(body);
        Assert.Equal((2, 8), (_group.Status().Ready, _group.Status().ReadyBytes));
        _group.CheckState();
        _group.Publish("dddddddddddd");
        Assert.Equal((0, 0), (_group.Status().Ready, _group.Status().ReadyBytes));
    }

    [Fact]
    public void An_idle_queue_goes_and_a_used_one_stays()
    {
        _group.Create(new QueueSettings { IdleExpiryMs = 1_000 });
        _group.Pass(900);
        _group.Ask(id => new QueueRequest.Status(id, QueueGroup.Orders, Touch: true));
        _group.Pass(900);
        _group.Get();
        _group.Pass(900);
        ConsumerKey consumer = _group.Attach();
        _group.Pass(50_000);
        _group.Apply(output => QueueCommandWriter.Detach(output, QueueGroup.Orders, consumer));
        _group.Pass(999);
        Assert.Equal(0, _group.Status().Consumers);
        _group.Pass(1);
        Assert.Equal(Reply.QueueNotFound, _group.Get().Reply);
    }

    [Fact]
    public void Rewinding_brings_back_what_was_settled_since_and_nothing_dropped_or_held()
    {
        _group.Create(new QueueSettings { RewindMs = 60_000 });
        for (int i = 0; i < 6; i++)
        {
            _group.Publish($"{i}", ttlMs: i == 4 ? 1 : null);
            _group.NowMs += 1_000;
        }

        ConsumerKey consumer = _group.Attach(credit: 4);
        _group.Settle();
        Assert.Equal(["0", "1", "2", "3"], _group.Bodies());
        _group.SettleBy(consumer.Connection, SettleOutcome.Done, 0, 1);
        _group.SettleBy(consumer.Connection, SettleOutcome.Rejected, 2);
        _group.Apply(output => QueueCommandWriter.Detach(output, QueueGroup.Orders, consumer));
        _group.Settle();
        QueueStatus before = _group.Status();
        Assert.Equal((1, 1, 3), (before.Ready, before.Held, before.Rewindable));
        _group.CheckState();

        Assert.Equal(Reply.Ok, _group.Ask(id => new QueueRequest.Rewind(id, QueueGroup.Orders, 1_001_000)).Reply);
        _group.CheckState();
        QueueStatus after = _group.Status();
        Assert.Equal((3, 1, 1), (after.Ready, after.Held, after.Rewindable));
        Assert.Equal(["1", "2", "5"], _group.Receive(max: 10).Messages.Select(message => _group.BodyOf(message)));
    }

    [Fact]
    public void The_rewind_window_ends_and_gives_bodies_back()
    {
        _group.Create(new QueueSettings { RewindMs = 10_000 });
        _group.Publish("a");
        _group.NowMs += 5_000;
        _group.Publish("b");
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeA, 1), SettleOutcome.Done, 0, 1);
        _group.Pass(5_600);
        Assert.Equal(1, _group.Status().Rewindable);
        Assert.Equal(Reply.Ok, _group.Ask(id => new QueueRequest.Rewind(id, QueueGroup.Orders, 0)).Reply);
        Assert.Equal("b", _group.BodyOf(Assert.Single(_group.Receive(max: 5).Messages)));
        _group.Apply(output => QueueCommandWriter.ChangeQueue(output, QueueGroup.Orders, new QueueSettings()));
        _group.CheckState();
        Assert.Equal(
            Reply.RewindOff, _group.Ask(id => new QueueRequest.Rewind(id, QueueGroup.Orders, 0)).Reply);
    }

    [Fact]
    public void Refused_proposals_are_made_again()
    {
        _group.Create();
        _group.Publish("a");
        _group.Accepts = false;
        RequestId waiting = _group.Wait(5_000);
        Assert.Empty(_group.Responses);
        Assert.NotNull(_group.Dispatcher.NextDeadlineMs);
        _group.Accepts = true;
        _group.Pass(10);
        Assert.Single(_group.Responses[waiting].Messages);
    }

    [Fact]
    public void A_get_whose_connection_closed_takes_nothing()
    {
        _group.Create();
        _group.Publish("a");
        RequestId get = _group.NextRequest();
        _group.Dispatcher.Handle(
            new QueueRequest.Get(get, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 5), false),
            _group.NowMs);
        Assert.Equal(1, _group.Waiting);
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, new ConnectionKey(QueueGroup.NodeA, 5)));
        _group.Settle();
        Assert.Equal((1, 0), (_group.Status().Ready, _group.Status().Held));
        Assert.False(_group.Responses.ContainsKey(get));
    }
}
