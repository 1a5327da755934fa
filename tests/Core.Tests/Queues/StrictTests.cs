using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>Strict check-outs, receives, delays.</summary>
public sealed class StrictTests
{
    private readonly QueueGroup _group = new();

    [Fact]
    public void A_check_out_is_nobody_elses_until_its_deadline_and_then_anybodys_again()
    {
        _group.Create(new QueueSettings { VisibilityTimeoutMs = 5_000 });
        _group.Publish("a");
        DispatchedMessage first = Assert.Single(_group.Receive().Messages);
        Assert.Equal(
            (1, false, 1_000_000, 1_005_000, 1),
            (first.DeliveryCount, first.Redelivered, first.FirstCheckOutMs, first.DeadlineMs, first.Receipt));
        Assert.Empty(_group.Receive().Messages);
        Assert.Equal(1, _group.Status().Held);

        _group.Pass(4_999);
        Assert.Empty(_group.Receive().Messages);
        _group.Pass(1);
        DispatchedMessage second = Assert.Single(_group.Receive().Messages);
        Assert.Equal((2, true, 1_000_000), (second.DeliveryCount, second.Redelivered, second.FirstCheckOutMs));

        // Only the latest receipt counts, and only before its deadline.
        Assert.Equal(new Answer(Reply.Ok, 0b10), _group.SettleReceipts(first.Receipt, second.Receipt));
        Assert.Equal(new Answer(Reply.Ok, 0), _group.SettleReceipts(second.Receipt));
        Assert.Equal(default, _group.Status());
        _group.CheckState();
    }

    [Fact]
    public void A_check_out_whose_queue_goes_in_the_same_entry_is_answered_with_that()
    {
        _group.Create();
        _group.Publish("a");
        RequestId receive = _group.NextRequest(), delete = _group.NextRequest();
        var connection = new ConnectionKey(QueueGroup.NodeA, 60);
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(receive, QueueGroup.Orders, connection, 1, 0), _group.NowMs);
        _group.Dispatcher.Handle(
            new QueueRequest.Delete(delete, QueueGroup.Orders, IfUnused: false, IfEmpty: false), _group.NowMs);
        Assert.Equal(2, _group.Waiting);

        _group.CommitTogether();

        Assert.Equal(Reply.QueueNotFound, _group.Responses[receive].Reply);
        Assert.Equal(Reply.Ok, _group.Responses[delete].Reply);
        _group.CheckState();
    }

    [Fact]
    public void A_receipt_is_void_at_its_deadline_even_before_the_tick()
    {
        _group.Create(new QueueSettings { VisibilityTimeoutMs = 5_000 });
        _group.Publish("a");
        DispatchedMessage message = Assert.Single(_group.Receive().Messages);
        _group.NowMs += 5_000;
        Assert.Equal(0, _group.SettleReceipts(message.Receipt).Value);
    }

    [Fact]
    public void Several_messages_come_in_order_and_settle_one_by_one()
    {
        _group.Create();
        for (int i = 0; i < 5; i++)
            _group.Publish($"{i}");
        QueueResponse response = _group.Receive(max: 3);
        Assert.Equal(["0", "1", "2"], response.Messages.Select(message => _group.BodyOf(message)));
        _group.CheckState();
        _group.SettleReceipts(response.Messages[1].Receipt);
        _group.CheckState();
        QueueStatus status = _group.Status();
        Assert.Equal((2, 2), (status.Ready, status.Held));
    }

    [Fact]
    public void A_repeated_request_gets_the_same_messages_from_the_next_leader()
    {
        _group.Create();
        _group.Publish("a");
        _group.Publish("b");
        RequestId id = _group.Wait(0);
        DispatchedMessage before = Assert.Single(_group.Responses[id].Messages);
        _group.ChangeLeader();
        _group.Responses.Clear();
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(id, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 60), 1, 0),
            _group.NowMs);
        Assert.Equal(before.Receipt, Assert.Single(_group.Responses[id].Messages).Receipt);
        Assert.Equal("b", _group.BodyOf(Assert.Single(_group.Receive().Messages)));
    }

    [Fact]
    public void A_check_out_of_two_leaders_is_applied_once()
    {
        _group.Create();
        _group.Publish("a");
        _group.Publish("b");
        RequestId id = _group.NextRequest();
        _group.Apply(output => QueueCommandWriter.CheckOut(output, QueueGroup.Orders, id, [0]), LaneSource.Leader);
        _group.Apply(output => QueueCommandWriter.CheckOut(output, QueueGroup.Orders, id, [1]), LaneSource.Leader);
        Assert.Equal(1, _group.Status().Held);
        _group.CheckState();
    }

    [Fact]
    public void A_receive_waits_for_a_message_and_no_longer_than_it_said()
    {
        _group.Create();
        RequestId first = _group.Wait(5_000);
        RequestId second = _group.Wait(5_000);
        RequestId third = _group.Wait(1_000);
        _group.Pass(999);
        Assert.Empty(_group.Responses);
        _group.Pass(1);
        Assert.Empty(_group.Responses[third].Messages);
        _group.Publish("a");
        _group.Settle();
        Assert.Single(_group.Responses[first].Messages);
        Assert.False(_group.Responses.ContainsKey(second));
        _group.Publish("b");
        _group.Settle();
        Assert.Equal("b", _group.BodyOf(Assert.Single(_group.Responses[second].Messages)));
        _group.Pass(5_000);
        Assert.Equal(3, _group.Responses.Count);
    }

    [Fact]
    public void A_cancelled_receive_hands_out_nothing_even_when_its_check_out_is_on_the_way()
    {
        _group.Create();
        RequestId waiting = _group.Wait(5_000);
        _group.Dispatcher.Handle(new QueueRequest.CancelReceive(waiting, QueueGroup.Orders), _group.NowMs);
        Assert.Empty(_group.Responses[waiting].Messages);
        _group.Publish("a");
        _group.Settle();
        Assert.Equal(1, _group.Status().Ready);

        RequestId picked = _group.NextRequest();
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(picked, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 60), 1, 5_000),
            _group.NowMs);
        Assert.Equal(1, _group.Waiting);
        _group.Dispatcher.Handle(new QueueRequest.CancelReceive(picked, QueueGroup.Orders), _group.NowMs);
        _group.Settle();
        Assert.Empty(_group.Responses[picked].Messages);
        Assert.Equal((1, 0), (_group.Status().Ready, _group.Status().Held));
        DispatchedMessage later = Assert.Single(_group.Receive().Messages);
        Assert.Equal((1, false), (later.DeliveryCount, later.Redelivered));
    }

    [Fact]
    public void A_message_received_too_often_dies()
    {
        _group.Create(new QueueSettings
        {
            VisibilityTimeoutMs = 1_000,
            MaxDeliveries = 2,
            DeadLetter = new DeadLetterTarget("dead", "k"),
        });
        QueueId dead = _group.Create(id: 8, name: "graves");
        _group.Routes["dead"] = [new RouteTarget(new GroupId(1), dead, "graves")];
        _group.Publish("a");
        _group.Receive();
        _group.Pass(1_000);
        Assert.Equal(1, _group.Status().Ready);
        _group.Receive();
        _group.Pass(1_000);
        Assert.Equal(0, _group.Status().Ready);
        StoredMessage message = _group.Read(Assert.Single(_group.Get(queue: dead).Messages));
        Death death = Assert.Single(message.Overlay!.Deaths);
        Assert.Equal((DeathReason.DeliveryLimit, 1, "orders"), (death.Reason, death.Count, death.Queue));
        Assert.Equal(("dead", "k"), (message.Overlay.Topic, message.Overlay.RoutingKey));
        _group.CheckState();
    }

    [Fact]
    public void No_more_is_checked_out_than_the_queue_allows()
    {
        _group.Create(new QueueSettings { MaxCheckedOut = 2 });
        for (int i = 0; i < 5; i++)
            _group.Publish("a");
        Assert.Equal(2, _group.Receive(max: 16).Messages.Count);
        Assert.Equal(Reply.TooManyHeld, _group.Receive().Reply);
    }

    [Fact]
    public void A_delayed_message_is_seen_when_its_time_has_come_and_not_as_redelivered()
    {
        _group.Create();
        _group.Publish("late", delayMs: 10_000);
        _group.Publish("now");
        ConsumerKey consumer = _group.Attach();
        _group.Settle();
        Assert.Equal(["now"], _group.Bodies());
        Assert.Equal((0, 1), (_group.Status().Ready, _group.Status().Delayed));
        _group.CheckState();
        _group.Pass(9_999);
        Assert.Single(_group.Delivered);
        _group.Pass(1);
        Assert.Equal(["now", "late"], _group.Bodies());
        Assert.False(_group.Delivered[1].Redelivered);
        Assert.Equal(0, _group.Status().Delayed);
        Assert.Equal(consumer, _group.Delivered[1].Consumer);
    }

    [Fact]
    public void A_delayed_message_can_be_received_strictly_in_its_turn()
    {
        _group.Create();
        _group.Publish("late", delayMs: 1_000);
        RequestId waiting = _group.Wait(30_000);
        _group.Pass(1_000);
        Assert.Equal("late", _group.BodyOf(Assert.Single(_group.Responses[waiting].Messages)));
        _group.CheckState();
    }

    [Fact]
    public void An_eager_settle_ends_a_check_out_and_an_eager_return_does_not()
    {
        _group.Create();
        _group.Publish("a");
        DispatchedMessage message = Assert.Single(_group.Receive().Messages);
        var other = new ConnectionKey(QueueGroup.NodeB, 9);
        _group.SettleBy(other, SettleOutcome.Returned, 0);
        Assert.Equal(1, _group.Status().Held);
        _group.SettleBy(other, SettleOutcome.Done, 0);
        Assert.Equal(0, _group.SettleReceipts(message.Receipt).Value);
        Assert.Equal(0, _group.Status().Held);
        _group.CheckState();
    }

    [Fact]
    public void What_a_check_out_does_not_get_is_ready_again()
    {
        _group.Create();
        for (int i = 0; i < 3; i++)
            _group.Publish($"{i}");
        RequestId id = _group.NextRequest();
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(id, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 60), 3, 0),
            _group.NowMs);
        _group.Apply(output => QueueCommandWriter.ChangeQueue(
            output, QueueGroup.Orders, new QueueSettings { MaxCheckedOut = 1 }));
        _group.Settle();
        Assert.Single(_group.Responses[id].Messages);
        Assert.Equal((2, 1), (_group.Status().Ready, _group.Status().Held));
        Assert.Equal("1", _group.BodyOf(Assert.Single(_group.Get().Messages)));
    }

    [Fact]
    public void A_receive_whose_connection_closes_hands_out_nothing()
    {
        _group.Create();
        RequestId waiting = _group.Wait(5_000, connection: 61);
        _group.Publish("a");
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal(1, _group.Waiting);
        _group.Wait(5_000, connection: 61);
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, new ConnectionKey(QueueGroup.NodeA, 61)));
        _group.Publish("b");
        _group.Settle();
        Assert.Equal(1, _group.Status().Held);
        Assert.Single(_group.Responses[waiting].Messages);
        Assert.Equal(1, _group.Status().Ready);
    }
}
