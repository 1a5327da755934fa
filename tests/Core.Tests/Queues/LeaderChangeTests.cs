using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

public sealed class LeaderChangeTests
{
    private readonly QueueGroup _group = new();
    private readonly ConsumerKey _a;
    private readonly ConsumerKey _b;

    public LeaderChangeTests()
    {
        _group.Create();
        _a = _group.Attach(connection: 1, credit: 2);
        _b = _group.Attach(connection: 1, node: QueueGroup.NodeB, credit: 1);
        for (int i = 0; i < 5; i++)
            _group.Publish($"{i}");
        _group.Settle();
        Assert.Equal([_a, _b, _a], _group.Delivered.Select(message => message.Consumer));
        _group.Delivered.Clear();
    }

    [Fact]
    public void What_may_be_held_waits_for_the_nodes_and_what_came_since_does_not()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.Publish("5");
        Announce(_a, credit: 10, 0, 2);
        _group.Settle();
        Assert.Equal(["5"], _group.Bodies());
        Assert.False(_group.Delivered[0].Redelivered);
        Assert.True(_group.Dispatcher.IsWaitingForNodes);

        Announce(_b, credit: 0, 1);
        _group.Settle();
        Assert.Equal(["5", "3", "4"], _group.Bodies());
        Assert.True(_group.Delivered[1].Redelivered);
        Assert.Equal((0, 6), (_group.Status().Ready, _group.Status().Held));
        _group.SettleBy(_b.Connection, SettleOutcome.Returned, 1);
        _group.Settle();
        Assert.Equal("1", _group.Bodies()[^1]);
    }

    [Fact]
    public void Strict_receives_wait_for_the_nodes_too()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        Assert.Empty(_group.Receive(max: 10).Messages);
        Announce(_a, credit: 0, 0, 2);
        Announce(_b, credit: 0, 1);
        Assert.Equal([3, 4], _group.Receive(max: 10).Messages.Select(message => message.Sequence));
    }

    [Fact]
    public void A_node_that_is_gone_is_not_waited_for_and_what_it_held_comes_back()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        Announce(_a, credit: 10, 0, 2);
        _group.Apply(output => QueueCommandWriter.NodeGone(output, QueueGroup.NodeB));
        _group.Settle();
        Assert.False(_group.Dispatcher.IsWaitingForNodes);
        Assert.Equal(["1", "3", "4"], _group.Bodies());
        Assert.True(_group.Delivered[0].Redelivered);
    }

    [Fact]
    public void What_was_settled_meanwhile_is_not_held_again()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.SettleBy(_a.Connection, SettleOutcome.Done, 0);
        Announce(_a, credit: 0, 0, 2);
        Announce(_b, credit: 0, 1);
        Assert.Equal((2, 2), (_group.Status().Ready, _group.Status().Held));
    }

    [Fact]
    public void A_return_before_the_announcement_is_ready_at_once()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.SettleBy(_a.Connection, SettleOutcome.Returned, 0);
        DispatchedMessage got = Assert.Single(_group.Receive().Messages);
        Assert.Equal((0, true), (got.Sequence, got.Redelivered));
    }

    [Fact]
    public void Strict_check_outs_run_on_under_the_next_leader()
    {
        var group = new QueueGroup();
        group.Create(new QueueSettings { VisibilityTimeoutMs = 5_000 });
        group.Publish("a");
        DispatchedMessage held = Assert.Single(group.Receive().Messages);
        group.ChangeLeader(QueueGroup.NodeA);
        Assert.Equal(1, group.Status().Held);
        group.Pass(5_000);
        DispatchedMessage again = Assert.Single(group.Receive().Messages);
        Assert.Equal((2, held.FirstCheckOutMs), (again.DeliveryCount, again.FirstCheckOutMs));
        Assert.NotEqual(held.Receipt, again.Receipt);
    }

    [Fact]
    public void Credit_of_an_announced_consumer_is_what_it_says()
    {
        _group.ChangeLeader(QueueGroup.NodeA);
        Announce(_a, credit: 1, 0, 1, 2);
        _group.Settle();
        Assert.Equal(["3"], _group.Bodies());
    }

    [Fact]
    public void Nothing_is_sent_to_a_node_whose_connection_broke_and_what_it_never_got_goes_back_when_it_says_so()
    {
        _group.Dispatcher.NodeSilent(QueueGroup.NodeA);
        _group.Credit(_a, 1);
        _group.Settle();
        Assert.Empty(_group.Delivered);

        // Message 2 was lost with the connection.
        Announce(_a, credit: 10, 0);
        _group.Settle();
        Assert.Equal(["2", "3", "4"], _group.Bodies().Order());
        Assert.True(_group.Delivered.Single(message => message.Sequence == 2).Redelivered);
    }

    [Fact]
    public void A_repeated_word_about_credit_adds_nothing()
    {
        _group.Credit(_a, 0);
        _group.Credit(_a, 0);
        _group.Settle();

        Assert.Empty(_group.Delivered);
    }

    [Fact]
    public void What_is_on_its_way_to_somebody_when_the_last_node_announces_is_nobody_elses()
    {
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.SettleBy(_a.Connection, SettleOutcome.Returned, 0);
        RequestId receive = _group.NextRequest();
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(receive, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 60), 1, 0),
            _group.NowMs);
        Announce(_a, credit: 10, 2);
        Announce(_b, credit: 0, 1);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Equal([3, 4], _group.Sequences());
        _group.Settle();
        Assert.Equal(0, Assert.Single(_group.Responses[receive].Messages).Sequence);
    }

    [Fact]
    public void Nothing_is_too_much_before_it_is_known_what_is_held()
    {
        _group.Apply(output => QueueCommandWriter.ChangeQueue(
            output, QueueGroup.Orders, new QueueSettings { MaxMessages = 3 }));
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.Publish("5");
        _group.Settle();
        Announce(_a, credit: 0, 0, 2);
        Announce(_b, credit: 0, 1);
        _group.Settle();
        Assert.Equal((3, 3), (_group.Status().Ready, _group.Status().Held));
    }

    private void Announce(ConsumerKey consumer, long credit, params long[] held)
    {
        SequenceRange[] ranges = [.. held.Select(sequence => new SequenceRange(sequence, 1))];
        _group.Dispatcher.Announce(
            new NodeAnnouncement(
                consumer.Connection.Owner,
                [new AnnouncedConsumer(QueueGroup.Orders, consumer, credit, 0)],
                [new AnnouncedHold(QueueGroup.Orders, consumer, ranges)]),
            _group.NowMs);
    }
}
