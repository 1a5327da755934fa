using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>A publication that comes twice is stored once (<see cref="ProducerNumber"/>).</summary>
public sealed class ProducerNumberTests
{
    private readonly QueueGroup _group = new(
        new QueueMachineOptions { MaxProducers = 2 }, parts: () => [new ParkedPart()]);

    public ProducerNumberTests() => _group.Create(new QueueSettings { MaxMessages = 2, Overflow = Overflow.Refuse });

    [Fact]
    public void The_same_number_again_is_ok_and_stores_nothing()
    {
        Assert.Equal(Reply.Ok, Publish("a", 9, 1).Reply);
        Assert.Equal(new Answer(Reply.Ok, -1), Publish("a", 9, 1));
        _group.ChangeLeader();
        Assert.Equal(new Answer(Reply.Ok, -1), Publish("a", 9, 1));
        Assert.Equal(Reply.Ok, Publish("b", 10, 1).Reply);
        Assert.Equal(2, _group.Status().Ready);
        _group.CheckState();
    }

    [Fact]
    public void A_lower_number_than_the_last_one_was_taken_before()
    {
        Publish("b", 9, 5);
        Assert.Equal(new Answer(Reply.Ok, -1), Publish("a", 9, 4));
    }

    [Fact]
    public void What_was_refused_may_come_again_also_behind_later_ones()
    {
        _group.Publish("x");
        _group.Publish("y");
        Assert.Equal(Reply.Full, Publish("a", 9, 1).Reply);
        _group.Get();
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeA, 50), SettleOutcome.Done, 0);
        Assert.Equal(Reply.Ok, Publish("b", 9, 2).Reply);
        _group.Get();
        _group.SettleBy(new ConnectionKey(QueueGroup.NodeA, 50), SettleOutcome.Done, 1);
        _group.CheckState();
        Assert.Equal(3, Publish("a", 9, 1).Value);
        Assert.Equal(new Answer(Reply.Ok, -1), Publish("a", 9, 1));
        _group.CheckState();
    }

    [Fact]
    public void What_one_queue_refused_no_queue_has_until_it_comes_again()
    {
        var other = new QueueId(8);
        _group.Create(id: 8, name: "other");
        _group.Publish("x");
        _group.Publish("y");
        PublishedUnit unit = QueueGroup.Unit("a") with { Producer = new ProducerNumber(9, 1) };
        Reply Both() => _group.Apply(
            output => QueueCommandWriter.Publish(output, [other, QueueGroup.Orders, new QueueId(99)], unit)).Reply;

        Assert.Equal(Reply.Full, Both());
        Assert.Equal(0, _group.Status(other).Ready);
        _group.CheckState();

        Assert.Single(_group.Get(autoSettle: true).Messages);
        Assert.Equal(Reply.Ok, Both());
        Assert.Equal(Reply.Ok, Both());
        Assert.Equal((1, 2), (_group.Status(other).Ready, _group.Status().Ready));
        _group.CheckState();
    }

    [Fact]
    public void What_found_no_queue_may_come_again()
    {
        Assert.Equal(Reply.Gone, Publish("a", 9, 1, new QueueId(99)).Reply);
        Assert.Equal(0, Publish("a", 9, 1).Value);
    }

    [Fact]
    public void A_repetition_leaves_no_body_behind()
    {
        Publish("a", 9, 1);
        _group.Apply(output => QueueCommandWriter.Chunk(
            output, 5, new ReadOnlySequence<byte>(Encoding.UTF8.GetBytes("hello"))));
        _group.Apply(output => QueueCommandWriter.Publish(
            output,
            [QueueGroup.Orders],
            QueueGroup.Unit("") with { Upload = 5, UploadBytes = 5, Producer = new ProducerNumber(9, 1) }));
        Assert.Equal([2], _group.Machine.LiveIndexes());
    }

    [Fact]
    public void A_parked_message_is_taken_once_too()
    {
        PublishedUnit unit = QueueGroup.Unit("a") with { Producer = new ProducerNumber(9, 1) };
        var head = new ParkHead(new NamespaceId(1), "", -1);
        Assert.True(_group.Apply(output => head.Write(output, unit)).Position >= 0);
        Assert.Equal(new Answer(Reply.Ok, -1), _group.Apply(output => head.Write(output, unit)));
        Assert.Equal(1, ((ParkedPart)_group.Parts[0]).Count);
        _group.CheckState();
    }

    [Fact]
    public void Beyond_the_bound_the_producer_not_heard_of_for_longest_is_forgotten()
    {
        _group.Apply(output => QueueCommandWriter.ChangeQueue(output, QueueGroup.Orders, new QueueSettings()));
        Publish("a", 9, 1);
        Publish("b", 10, 1);
        Publish("a", 9, 2);
        Publish("c", 11, 1);
        Assert.Equal(new Answer(Reply.Ok, -1), Publish("a", 9, 2));
        Assert.NotEqual(new Answer(Reply.Ok, -1), Publish("b", 10, 1));
        _group.CheckState();
    }

    [Fact]
    public void An_ended_session_leaves_no_number()
    {
        Publish("a", 9, 1);
        byte[] before = QueueGroup.StateOf(_group.Machine);
        _group.Machine.ForgetProducer(9);
        _group.Follower.ForgetProducer(9);
        Assert.True(QueueGroup.StateOf(_group.Machine).Length < before.Length);
        Assert.Equal(Reply.Ok, Publish("a", 9, 1).Reply);
        Assert.Equal(2, _group.Status().Ready);
        _group.CheckState();
    }

    private Answer Publish(string body, long producer, long number, params QueueId[] targets) =>
        _group.Apply(output => QueueCommandWriter.Publish(
            output,
            targets.Length == 0 ? [QueueGroup.Orders] : targets,
            QueueGroup.Unit(body) with { Producer = new ProducerNumber(producer, number) }));
}
