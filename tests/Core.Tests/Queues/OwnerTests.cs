using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>A queue with one owner at a time, as a session's is: who comes takes over, in order.</summary>
public sealed class OwnerTests
{
    private readonly QueueGroup _group = new();

    public OwnerTests() => _group.Create();

    [Fact]
    public void What_an_earlier_owner_holds_comes_to_the_next_at_once_and_before_anything_newer()
    {
        ConsumerKey old = _group.Attach(node: QueueGroup.NodeB, credit: 3, epoch: 1);
        Publish(5);
        Assert.Equal([0, 1, 2], _group.Sequences());
        _group.SettleBy(old.Connection, SettleOutcome.Done, 1);
        _group.Delivered.Clear();

        // Nobody has said that the old one's node is gone.
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, epoch: 2);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Empty(_group.Delivered);
        _group.Settle();
        Assert.Equal([0, 2, 3, 4], _group.Sequences());
        Assert.Equal([true, true, false, false], _group.Delivered.Select(message => message.Redelivered));
        Assert.All(_group.Delivered, message => Assert.Equal(now, message.Consumer));
        Assert.Equal((0, 4, 1), (_group.Status().Ready, _group.Status().Held, _group.Status().Consumers));
        _group.CheckState();
    }

    [Fact]
    public void A_late_settlement_of_the_earlier_owner_counts_and_a_late_return_does_not()
    {
        ConsumerKey old = _group.Attach(node: QueueGroup.NodeB, epoch: 1);
        Publish(3);
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, epoch: 2);
        _group.Settle();
        _group.Delivered.Clear();

        _group.SettleBy(old.Connection, SettleOutcome.Returned, 0);
        _group.SettleBy(old.Connection, SettleOutcome.Done, 1);
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, old.Connection));
        _group.Apply(output => QueueCommandWriter.NodeGone(output, QueueGroup.NodeB));
        _group.Settle();
        Assert.Empty(_group.Delivered);
        Assert.Equal((0, 2), (_group.Status().Ready, _group.Status().Held));
        _group.SettleBy(now.Connection, SettleOutcome.Done, 0, 1, 2);
        Assert.Equal((0, 0), (_group.Status().Ready, _group.Status().Held));
    }

    [Fact]
    public void What_is_on_its_way_back_is_said_once_whoever_says_it()
    {
        ConsumerKey old = _group.Attach(node: QueueGroup.NodeB, epoch: 1);
        Publish(3);
        _group.Delivered.Clear();
        // The old connection ends, the next one comes, and the old one's returns come last.
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, old.Connection));
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, epoch: 2);
        _group.SettleBy(old.Connection, SettleOutcome.Returned, 0, 1, 2);
        _group.Settle();
        Assert.Equal([0, 1, 2], _group.Sequences());
        _group.SettleBy(old.Connection, SettleOutcome.Returned, 0, 1, 2);
        _group.Settle();
        Assert.Equal([0, 1, 2], _group.Sequences());
        Assert.All(_group.Delivered, message => Assert.Equal(now, message.Consumer));
    }

    [Fact]
    public void What_was_lost_on_its_way_to_the_owner_comes_before_anything_newer()
    {
        ConsumerKey owner = _group.Attach(node: QueueGroup.NodeB, credit: 3, epoch: 1);
        Publish(5);
        _group.Delivered.Clear();
        _group.Dispatcher.NodeSilent(QueueGroup.NodeB);
        Announce(owner, credit: 10, received: 1, 0);
        _group.Dispatcher.Pump(_group.NowMs);
        Assert.Empty(_group.Delivered);
        _group.Settle();
        Assert.Equal([1, 2, 3, 4], _group.Sequences());
    }

    [Fact]
    public void Who_comes_with_an_earlier_epoch_is_refused_and_changes_nothing()
    {
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, epoch: 5);
        Publish(1);
        foreach (long epoch in (long[])[4, 5])
        {
            Assert.Equal(Reply.Gone, _group.Apply(output => QueueCommandWriter.Attach(
                output, QueueGroup.Orders, new ConsumerKey(new ConnectionKey(QueueGroup.NodeB, 9), 1), 0, false, epoch))
                .Reply);
        }

        Publish(1);
        Assert.Equal([now, now], _group.Delivered.Select(message => message.Consumer));
        _group.ChangeLeader();
        Assert.Equal(Reply.Gone, _group.Apply(output => QueueCommandWriter.Attach(
            output, QueueGroup.Orders, new ConsumerKey(new ConnectionKey(QueueGroup.NodeB, 9), 1), 0, false, 4)).Reply);
        _group.CheckState();
    }

    [Fact]
    public void Others_compete_with_an_owner_and_keep_what_they_hold()
    {
        ConsumerKey other = _group.Attach(connection: 7, credit: 1);
        ConsumerKey old = _group.Attach(node: QueueGroup.NodeB, credit: 1, epoch: 1);
        Publish(2);
        Assert.Equal([other, old], _group.Delivered.Select(message => message.Consumer));
        QueueResponse got = Got(2);
        _group.Delivered.Clear();
        _group.Attach(node: QueueGroup.NodeA, epoch: 2);
        _group.Settle();
        Assert.Equal([1], _group.Sequences());
        Assert.Equal((0, 3), (_group.Status().Ready, _group.Status().Held));
        Assert.Equal(2, got.Messages[0].Sequence);

        QueueResponse Got(long sequence)
        {
            Publish(1);
            QueueResponse response = _group.Get();
            Assert.Equal(sequence, response.Messages[0].Sequence);
            return response;
        }
    }

    [Fact]
    public void Under_a_new_leader_an_owner_that_comes_waits_for_no_nodes_word()
    {
        ConsumerKey old = _group.Attach(node: QueueGroup.NodeB, credit: 2, epoch: 1);
        Publish(3);
        _group.SettleBy(old.Connection, SettleOutcome.Done, 0);
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        Publish(1);
        _group.Delivered.Clear();
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, credit: 0, epoch: 2);
        _group.Settle();
        // What the old one's node says now is too late.
        Announce(old, credit: 10, received: 2, 1);
        _group.Credit(now, 1_000);
        _group.Settle();
        Assert.True(_group.Dispatcher.IsWaitingForNodes);
        Assert.Equal([1, 2, 3], _group.Sequences());
        Assert.True(_group.Delivered[0].Redelivered);
        Assert.All(_group.Delivered, message => Assert.Equal(now, message.Consumer));
        Announce(now, credit: 1_000, received: 3, 1, 2, 3);
        _group.Settle();
        Assert.Equal([1, 2, 3], _group.Sequences());
        _group.SettleBy(old.Connection, SettleOutcome.Returned, 1);
        _group.Settle();
        Assert.Equal([1, 2, 3], _group.Sequences());
    }

    [Fact]
    public void Under_a_new_leader_an_owner_that_stays_waits_for_its_own_nodes_word_only_and_keeps_the_order()
    {
        ConsumerKey owner = _group.Attach(node: QueueGroup.NodeA, credit: 2, epoch: 1);
        Publish(4);
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        // Above the mark, and it would go to anybody else at once.
        _group.Credit(owner, 1_000);
        _group.Delivered.Clear();
        _group.Publish("new");
        _group.Settle();
        Assert.Empty(_group.Delivered);

        Announce(owner, credit: 1_000, received: 2, 0, 1);
        _group.Settle();
        Assert.True(_group.Dispatcher.IsWaitingForNodes);
        Assert.Equal([2, 3, 4], _group.Sequences());
    }

    [Fact]
    public void Beside_others_an_owner_waits_for_all_nodes_as_they_do()
    {
        _group.Attach(connection: 7, credit: 1);
        Publish(2);
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        _group.Delivered.Clear();
        ConsumerKey now = _group.Attach(node: QueueGroup.NodeA, epoch: 2);
        _group.Settle();
        Assert.Empty(_group.Delivered);
        Announce(now, credit: 10, received: 0);
        _group.Dispatcher.NodeGone(QueueGroup.NodeB, _group.NowMs);
        _group.Settle();
        Assert.Equal([0, 1], _group.Sequences());
    }

    private void Publish(int count)
    {
        for (int i = 0; i < count; i++)
            _group.Publish("m");
        _group.Settle();
    }

    private void Announce(ConsumerKey consumer, long credit, long received, params long[] held)
    {
        SequenceRange[] ranges = [.. held.Select(sequence => new SequenceRange(sequence, 1))];
        _group.Dispatcher.Announce(
            new NodeAnnouncement(
                consumer.Connection.Owner,
                [new AnnouncedConsumer(QueueGroup.Orders, consumer, credit, received)],
                [new AnnouncedHold(QueueGroup.Orders, consumer, ranges)]),
            _group.NowMs);
    }
}
