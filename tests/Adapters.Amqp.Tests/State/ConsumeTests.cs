using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>Checklist section 7: consuming, acknowledging, limits.</summary>
public sealed class ConsumeTests
{
    [Fact]
    public void Consume_ok_comes_before_the_first_delivery_and_bytes_come_out_as_they_went_in()
    {
        using Talk talk = WithMessages(2);

        talk.Send(1, new BasicConsume("q", "", false, false, false, false, default));

        string tag = talk.Expect<BasicConsumeOk>(1).ConsumerTag;
        Assert.StartsWith("amq.ctag-", tag, StringComparison.Ordinal);
        Assert.Equal(new BasicDeliver(tag, 1, false, "", "q"), talk.Expect<BasicDeliver>(1));
        (byte[] properties, byte[] body) = talk.ExpectContent();
        Assert.Equal(Block.Of(correlationId: "c0"), properties);
        Assert.Equal([0], body);
        Assert.Equal(2ul, talk.Expect<BasicDeliver>(1).DeliveryTag);
    }

    [Fact]
    public void Acks_of_a_turn_reach_the_core_as_one_call_in_order()
    {
        using Talk talk = Consuming(messages: 5, prefetch: 0);
        talk.Queue(1, new BasicAck(2, Multiple: true));
        talk.Queue(1, new BasicAck(4, false));
        talk.Queue(1, new BasicNack(3, false, Requeue: false));
        talk.Queue(1, new BasicReject(5, Requeue: true));
        talk.Turn();
        Assert.Equal([SettleOutcome.Done, SettleOutcome.Rejected, SettleOutcome.Returned],
            talk.Link.Settled.Select(settled => settled.Outcome));
        Assert.Equal([[1, 2, 4], [3], [5]], talk.Link.Settled.Select(settled => settled.Sequences));
    }

    [Fact]
    public void A_tag_that_is_not_held_closes_the_channel()
    {
        Unknown(talk => talk.Send(1, new BasicAck(9, false)), 9);
        Unknown(talk => talk.Send(1, new BasicAck(0, false)), 0);
        Unknown(talk => talk.Send(1, new BasicNack(9, true, true)), 9);
        Unknown(talk =>
        {
            talk.Send(1, new BasicAck(1, false));
            talk.Send(1, new BasicReject(1, false));
        }, 1);

        static void Unknown(Action<Talk> act, int tag)
        {
            using Talk talk = Consuming(messages: 2, prefetch: 0);
            act(talk);
            talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, $"PRECONDITION_FAILED - unknown delivery tag {tag}");
        }
    }

    [Fact]
    public void Tag_zero_with_multiple_is_everything_and_never_an_error()
    {
        using Talk talk = Consuming(messages: 3, prefetch: 0);
        talk.Send(1, new BasicAck(0, true));
        talk.Send(1, new BasicAck(0, true));
        Assert.Equal([1, 2, 3], talk.Link.Settled.Single().Sequences);
        talk.ExpectNothing();
    }

    [Fact]
    public void Prefetch_is_credit_that_comes_back_with_acks()
    {
        using Talk talk = Consuming(messages: 5, prefetch: 2, expect: 2);
        Assert.Equal(2, talk.Link.Attached.Single().Value.Credit);
        talk.Send(1, new BasicAck(1, false));
        Assert.Equal([(1, 1)], talk.Link.Credits);
        Assert.Equal(3ul, talk.Expect<BasicDeliver>(1).DeliveryTag);
    }

    [Fact]
    public void Prefetch_counts_for_consumers_that_start_afterwards()
    {
        using Talk talk = Consuming(messages: 0, prefetch: 0);
        Assert.Equal(1_000, talk.Link.Attached.Single().Value.Credit);
        talk.Send(1, new BasicQos(0, 7, Global: false));
        talk.Expect<BasicQosOk>(1);
        talk.Send(1, new BasicConsume("q", "u", false, false, false, false, default));
        talk.Expect<BasicConsumeOk>(1);
        Assert.Equal(7, talk.Link.Attached[2].Credit);
    }

    [Fact]
    public void A_global_limit_is_shared_by_the_channel_and_passes_gets_and_no_ack()
    {
        using Talk talk = WithMessages(6);
        talk.Broker.AddQueue("r");
        talk.Send(1, new BasicQos(0, 3, Global: true));
        talk.Expect<BasicQosOk>(1);
        talk.Send(1, new BasicGet("q", false));
        talk.Expect<BasicGetOk>(1);
        talk.ExpectContent();
        Consume(talk, "q", "a", noAck: false);
        Assert.Equal([2ul, 3ul, 4ul], Deliveries(talk));
        Consume(talk, "r", "b", noAck: true);

        talk.Publish(1, "", "r", [9]);
        Assert.Equal([5ul], Deliveries(talk));
        talk.Send(1, new BasicAck(1, false));
        talk.ExpectNothing();
        talk.Send(1, new BasicAck(2, false));
        Assert.Equal([6ul], Deliveries(talk));
        talk.Send(1, new BasicQos(0, 0, Global: true));
        talk.Expect<BasicQosOk>(1);
        Assert.Equal([7ul], Deliveries(talk));
    }

    [Fact]
    public void What_a_global_limit_keeps_back_stays_in_its_queue()
    {
        using Talk talk = WithMessages(6);
        talk.Send(1, new BasicQos(0, 2, Global: true));
        talk.Expect<BasicQosOk>(1);
        Consume(talk, "q", "a", noAck: false);
        Assert.Equal([1ul, 2ul], Deliveries(talk));
        Assert.Equal(2, talk.Link.Attached[1].Credit);
        Consume(talk, "q", "b", noAck: false);
        Assert.Equal(0, talk.Link.Attached[2].Credit);
        talk.Send(1, new BasicAck(1, false));
        Assert.Equal([3ul], Deliveries(talk));
        talk.Send(1, new BasicQos(0, 3, Global: true));
        talk.Expect<BasicQosOk>(1);
        Assert.Single(Deliveries(talk));
    }

    [Fact]
    public void Without_a_prefetch_the_window_is_filled_up_again_as_deliveries_are_written()
    {
        using Talk talk = WithMessages(20, new AmqpOptions { DeliveryWindow = 8 });
        Consume(talk, "q", "t", noAck: true);
        Assert.Equal(20, Deliveries(talk).Count);
        Assert.All(talk.Link.Credits, credit => Assert.True(credit.Credit >= 2));
    }

    [Fact]
    public void A_full_output_holds_deliveries_back_and_gives_no_credit()
    {
        using Talk talk = WithMessages(20, new AmqpOptions { DeliveryWindow = 8 });
        talk.HasRoom = false;
        Consume(talk, "q", "t", noAck: false);
        Assert.Empty(Deliveries(talk));
        Assert.Empty(talk.Link.Credits);
        Assert.Equal(8, talk.Broker.Queues["q"].Held.Count);
        talk.HasRoom = true;
        talk.Turn();
        Assert.Equal(20, Deliveries(talk).Count);
    }

    [Fact]
    public void Cancel_gives_back_what_was_not_written_and_nothing_follows_its_answer()
    {
        using Talk talk = WithMessages(3);
        talk.HasRoom = false;
        Consume(talk, "q", "t", noAck: false);
        talk.Send(1, new BasicCancel("t", false));
        talk.HasRoom = true;
        Assert.Equal("t", talk.Expect<BasicCancelOk>(1).ConsumerTag);
        talk.ExpectNothing();
        Assert.Equal(3, talk.Broker.Queues["q"].Ready.Count);
        talk.Send(1, new BasicCancel("unknown", false));
        talk.Expect<BasicCancelOk>(1);
    }

    [Fact]
    public void Cancel_without_acknowledgement_loses_nothing_that_was_handed_over()
    {
        using Talk talk = WithMessages(3);
        talk.HasRoom = false;
        Consume(talk, "q", "t", noAck: true);
        talk.Send(1, new BasicCancel("t", false));
        Assert.Equal(3, talk.Sent.Count(frame => frame.Method == AmqpMethodId.BasicDeliver));
        Assert.Equal(AmqpMethodId.BasicCancelOk, talk.Sent.Last().Method);
    }

    [Fact]
    public void Unacknowledged_messages_stay_with_the_channel_and_go_back_in_order_when_it_closes()
    {
        using Talk talk = Consuming(messages: 3, prefetch: 0);
        talk.Send(1, new BasicCancel("t", false));
        talk.Expect<BasicCancelOk>(1);
        Assert.Equal(3, talk.Broker.Queues["q"].Held.Count);
        talk.Send(1, new ChannelClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ChannelCloseOk>(1);
        Assert.Equal([1, 2, 3], talk.Link.Settled.Single().Sequences);
        Assert.All(talk.Broker.Queues["q"].Ready, message => Assert.True(message.Redelivered));
    }

    [Fact]
    public void A_deleted_queue_cancels_its_consumers()
    {
        using Talk talk = Consuming(messages: 0, prefetch: 0);
        talk.Send(1, new QueueDelete("q", false, false, false));
        talk.Expect<QueueDeleteOk>(1);
        Assert.Equal(new BasicCancel("t", NoWait: true), talk.Expect<BasicCancel>(1));
        talk.Send(1, new BasicCancelOk("t"));
        talk.ExpectNothing();
    }

    [Fact]
    public void A_consumer_tag_is_used_once_per_channel()
    {
        using Talk talk = Consuming(messages: 0, prefetch: 0);
        talk.Send(1, new BasicConsume("q", "t", false, false, false, false, default));
        talk.ExpectConnectionClose(AmqpCode.NotAllowed, "NOT_ALLOWED - attempt to reuse consumer tag 't'");
    }

    [Fact]
    public void An_exclusive_consumer_excludes()
    {
        using Talk talk = WithMessages(0);
        talk.Link.AttachReply = Reply.ExclusiveUse;
        talk.Send(1, new BasicConsume("q", "t", false, false, Exclusive: true, false, default));
        talk.ExpectChannelClose(
            1, AmqpCode.AccessRefused, "ACCESS_REFUSED - queue 'q' in vhost '/' in exclusive use");
    }

    [Fact]
    public void Priority_and_flags_reach_the_core()
    {
        using Talk talk = WithMessages(0);
        talk.Send(1, new BasicConsume("q", "t", false, NoAck: true, Exclusive: true, NoWait: true,
            AmqpTable.Build(table => table.Int("x-priority", -5))));
        talk.ExpectNothing();
        Assert.Equal(new ConsumerOptions(-5, true, true, 1_000), talk.Link.Attached[1]);
    }

    [Fact]
    public void Get_shows_what_is_left_and_empty_says_so()
    {
        using Talk talk = WithMessages(2);
        talk.Send(1, new BasicGet("q", NoAck: true));
        Assert.Equal(new BasicGetOk(1, false, "", "q", 1), talk.Expect<BasicGetOk>(1));
        talk.ExpectContent();
        talk.Send(1, new BasicGet("q", NoAck: false));
        Assert.Equal(0u, talk.Expect<BasicGetOk>(1).MessageCount);
        talk.ExpectContent();
        talk.Send(1, new BasicGet("q", NoAck: false));
        talk.Expect<BasicGetEmpty>(1);
        talk.Send(1, new BasicAck(1, false));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed, "PRECONDITION_FAILED - unknown delivery tag 1");
    }

    [Fact]
    public void Recover_puts_back_and_delivers_again()
    {
        using Talk talk = Consuming(messages: 2, prefetch: 0);
        talk.Send(1, new BasicRecover(true));
        talk.Expect<BasicRecoverOk>(1);
        Assert.Equal(new BasicDeliver("t", 3, true, "", "q"), talk.Expect<BasicDeliver>(1));
        talk.Sent.Clear();
        talk.Send(1, new BasicRecoverAsync(false));
        talk.ExpectConnectionClose(AmqpCode.NotImplemented, "NOT_IMPLEMENTED - requeue=false");
    }

    [Fact]
    public void Prefetch_size_is_not_there()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new BasicQos(5, 0, false));
        talk.ExpectConnectionClose(AmqpCode.NotImplemented, "NOT_IMPLEMENTED - prefetch_size!=0 (5)");
    }

    [Fact]
    public void Acks_before_a_close_count()
    {
        using Talk talk = Consuming(messages: 2, prefetch: 0);
        talk.Queue(1, new BasicAck(1, false));
        talk.Queue(0, new ConnectionClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ConnectionCloseOk>();
        Assert.Equal((1, SettleOutcome.Done), (talk.Link.Settled[0].Sequences.Single(), talk.Link.Settled[0].Outcome));
    }

    private static Talk WithMessages(int count, AmqpOptions? options = null)
    {
        Talk talk = Talk.Open(options: options);
        talk.Broker.AddQueue("q");
        for (int i = 0; i < count; i++)
            talk.Publish(1, "", "q", [(byte)i], Block.Of(correlationId: $"c{i}"));
        talk.ExpectNothing();
        return talk;
    }

    private static Talk Consuming(int messages, ushort prefetch, int? expect = null)
    {
        Talk talk = WithMessages(messages);
        talk.Send(1, new BasicQos(0, prefetch, Global: false));
        talk.Expect<BasicQosOk>(1);
        Consume(talk, "q", "t", noAck: false);
        Assert.Equal(expect ?? messages, Deliveries(talk).Count);
        return talk;
    }

    private static void Consume(Talk talk, string queue, string tag, bool noAck)
    {
        talk.Send(1, new BasicConsume(queue, tag, false, noAck, false, false, default));
        talk.Expect<BasicConsumeOk>(1);
    }

    /// <summary>Delivery tags of what has come; their contents are read, too.</summary>
    private static List<ulong> Deliveries(Talk talk)
    {
        talk.Turn();
        var tags = new List<ulong>();
        while (talk.Sent.Count > 0)
        {
            tags.Add(talk.Expect<BasicDeliver>(1).DeliveryTag);
            talk.ExpectContent();
        }
        return tags;
    }
}
