using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>Checklist sections 5, 7 and 8: publishing, returns, confirms.</summary>
public sealed class PublishTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void An_unknown_delivery_mode_closes_the_channel(byte mode)
    {
        using Talk talk = Talk.Open();
        talk.Publish(1, "", "q", [1], Block.Of(deliveryMode: mode));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            $"PRECONDITION_FAILED - invalid message: {{delivery_mode_unknown,{mode}}}");
    }

    [Fact]
    public void A_publish_hands_over_the_block_as_it_came()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        byte[] block = Block.Of(
            headers: AmqpTable.Build(table => table.Any("n", AmqpFieldType.SignedLongAlias, new byte[8])),
            deliveryMode: 2, priority: 9, expiration: "1500");

        talk.Publish(1, "", "q", [1, 2, 3], block);

        var published = talk.Link.Published.Single();
        Assert.Equal(block, published.Properties);
        Assert.Equal([1, 2, 3], published.Body);
        Assert.Equal((1500, (byte)9, true, "q"), (published.Publication.TtlMs, published.Publication.Priority,
            published.Publication.Persistent, published.Publication.RoutingKey));
        talk.ExpectNothing();
    }

    [Fact]
    public void A_body_in_many_frames_is_put_together()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        byte[] body = new byte[1_000_000];
        new Random(7).NextBytes(body);
        talk.Publish(1, "", "q", body);
        Assert.Equal(body, talk.Link.Published.Single().Body);
    }

    [Fact]
    public void An_empty_body_has_no_frame()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Publish(1, "", "q", []);
        Assert.Empty(talk.Link.Published.Single().Body);
    }

    [Fact]
    public void A_body_above_the_limit_closes_the_channel_at_its_header()
    {
        using Talk talk = Talk.Open(new FakeBroker { Limits = new LimitOptions { MaxMessageBytes = 10_000 } });
        talk.Broker.AddQueue("q");
        talk.Publish(1, "", "q", new byte[10_001]);
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            "PRECONDITION_FAILED - message size 10001 larger than max size 10000");
        Assert.Empty(talk.Link.Published);
    }

    [Fact]
    public void Mandatory_and_unroutable_comes_back_before_its_ack()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ConfirmSelect(false));
        talk.Expect<ConfirmSelectOk>(1);
        byte[] block = Block.Of(deliveryMode: 1);

        talk.Publish(1, "", "nowhere", [5], block, mandatory: true);

        Assert.Equal(new BasicReturn(AmqpCode.NoRoute, "NO_ROUTE", "", "nowhere"), talk.Expect<BasicReturn>(1));
        (byte[] properties, byte[] body) = talk.ExpectContent();
        Assert.Equal(block, properties);
        Assert.Equal([5], body);
        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
    }

    [Fact]
    public void Without_mandatory_an_unroutable_message_is_just_confirmed()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ConfirmSelect(true));
        talk.Publish(1, "", "nowhere", []);
        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
    }

    [Fact]
    public void What_was_given_to_listeners_from_memory_is_confirmed_and_does_not_come_back()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ConfirmSelect(true));
        talk.Link.Admission = PublishAdmission.Served;

        talk.Publish(1, "", "heard", [5], mandatory: true);

        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
        talk.ExpectNothing();
    }

    [Fact]
    public void Mandatory_comes_back_when_every_queue_has_gone_meanwhile()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ConfirmSelect(true));
        talk.Broker.AddQueue("q");
        talk.Link.HoldPublishes = true;
        talk.Publish(1, "", "q", [1, 2], mandatory: true);
        talk.ExpectNothing();

        talk.Link.Answer(talk.Link.Published[0].Tag, Reply.Gone);

        Assert.Equal("q", talk.Expect<BasicReturn>(1).RoutingKey);
        Assert.Equal([1, 2], talk.ExpectContent().Body);
        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
    }

    [Fact]
    public void Confirms_of_one_turn_are_one_ack_and_only_of_what_is_done()
    {
        using Talk talk = Held(publishes: 5);
        Answer(talk, 0, Reply.Ok);
        Answer(talk, 1, Reply.Ok);
        Answer(talk, 3, Reply.Ok);
        Assert.Equal(new BasicAck(2, true), talk.Expect<BasicAck>(1));
        Assert.Equal(new BasicAck(4, false), talk.Expect<BasicAck>(1));
        talk.ExpectNothing();
        Answer(talk, 4, Reply.Ok);
        Assert.Equal(new BasicAck(5, false), talk.Expect<BasicAck>(1));
        Answer(talk, 2, Reply.Ok);
        Assert.Equal(new BasicAck(3, false), talk.Expect<BasicAck>(1));
        talk.ExpectNothing();
    }

    [Theory]
    [InlineData(Reply.Full)]
    [InlineData(Reply.TooManyHeld)]
    [InlineData(Reply.TimedOut)]
    [InlineData(Reply.Unavailable)]
    public void What_was_not_taken_or_is_unknown_is_nacked(Reply reply)
    {
        using Talk talk = Held(publishes: 3);
        Answer(talk, 0, Reply.Ok);
        Answer(talk, 1, reply);
        Answer(talk, 2, Reply.Gone);
        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
        Assert.Equal(new BasicNack(2, false, true), talk.Expect<BasicNack>(1));
        Assert.Equal(new BasicAck(3, false), talk.Expect<BasicAck>(1));
    }

    [Fact]
    public void Publishes_before_select_do_not_count()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Publish(1, "", "q", []);
        talk.Send(1, new ConfirmSelect(false));
        talk.Expect<ConfirmSelectOk>(1);
        talk.Publish(1, "", "q", []);
        Assert.Equal(new BasicAck(1, false), talk.Expect<BasicAck>(1));
    }

    [Fact]
    public void Answers_for_a_closed_channel_do_not_reach_its_successor()
    {
        using Talk talk = Held(publishes: 1);
        talk.Send(1, new ChannelClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ChannelCloseOk>(1);
        talk.OpenChannel(1);
        talk.Send(1, new ConfirmSelect(true));
        talk.Publish(1, "", "q", []);
        Answer(talk, 0, Reply.Ok);
        talk.ExpectNothing();
    }

    [Fact]
    public void Too_many_unconfirmed_publishes_stop_the_reading()
    {
        using Talk talk = Talk.Open(options: new AmqpOptions { MaxUnconfirmed = 2 });
        talk.Broker.AddQueue("q");
        talk.Link.HoldPublishes = true;
        talk.Send(1, new ConfirmSelect(true));
        talk.Publish(1, "", "q", []);
        Assert.True(talk.Conversation.Accepts(1));
        talk.Publish(1, "", "q", []);
        Assert.False(talk.Conversation.Accepts(1));
        Answer(talk, 0, Reply.Ok);
        talk.Expect<BasicAck>(1);
        Assert.True(talk.Conversation.Accepts(1));
    }

    [Theory]
    [InlineData("abc", "no_integer")]
    [InlineData("", "no_integer")]
    [InlineData("10s", "{leftover_string,\"s\"}")]
    [InlineData("-1", "{value_negative,-1}")]
    [InlineData("99999999999999999999", "{value_too_big,99999999999999999999}")]
    public void A_bad_expiration_is_refused(string expiration, string reason)
    {
        using Talk talk = Talk.Open();
        talk.Publish(1, "", "q", [], Block.Of(expiration: expiration));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            $"PRECONDITION_FAILED - invalid expiration '{expiration}': {reason}");
    }

    [Fact]
    public void Another_users_id_is_refused_unless_one_may_impersonate()
    {
        using Talk talk = Talk.Open();
        talk.Publish(1, "", "q", [], Block.Of(userId: "alice"));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            "PRECONDITION_FAILED - user_id property set to 'alice' but authenticated user was 'guest'");
        talk.OpenChannel(1);
        talk.Broker.User.TagList.Add("impersonator");
        talk.Publish(1, "", "q", [], Block.Of(userId: "alice"));
        talk.ExpectNothing();
    }

    [Fact]
    public void An_internal_exchange_takes_nothing_from_clients()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddTopic("hidden", TopicKind.Fanout, @internal: true);
        talk.Publish(1, "hidden", "", []);
        talk.ExpectChannelClose(1, AmqpCode.AccessRefused,
            "ACCESS_REFUSED - cannot publish to internal exchange 'hidden' in vhost '/'");
    }

    [Fact]
    public void Cc_and_bcc_route_and_bcc_is_taken_away()
    {
        using Talk talk = Talk.Open();
        byte[] list = [(byte)'S', 0, 0, 0, 1, (byte)'a', (byte)'S', 0, 0, 0, 1, (byte)'b'];
        AmqpTable headers = AmqpTable.Build(table =>
        {
            table.Any("CC", AmqpFieldType.Array, list);
            table.Any("BCC", AmqpFieldType.Array, list.AsSpan(0, 6));
            table.Int("n", 1);
        });
        AmqpTable visible = AmqpTable.Build(table =>
        {
            table.Any("CC", AmqpFieldType.Array, list);
            table.Int("n", 1);
        });

        talk.Publish(1, "", "q", [], Block.Of(headers));

        var published = talk.Link.Published.Single();
        Assert.Equal(["a", "b"], published.Publication.MoreKeys!);
        Assert.Equal(["a"], published.Publication.HiddenKeys!);
        Assert.Equal(Block.Of(visible), published.Properties);
        talk.Publish(1, "", "q", [], Block.Of(AmqpTable.Build(table => table.Text("CC", "x"))));
        talk.ExpectChannelClose(1, AmqpCode.PreconditionFailed,
            "PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,\"CC\",longstr}");
    }

    [Fact]
    public void A_broken_property_block_closes_the_connection()
    {
        using Talk talk = Talk.Open();
        talk.Publish(1, "", "q", [], [0x80, 0, 9, 1]);
        talk.ExpectConnectionClose(AmqpCode.FrameError, "FRAME_ERROR - cannot decode <<128,0,9,1>>");
    }

    [Fact]
    public void A_client_is_told_that_it_is_blocked_once_it_publishes()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Blocked("low on disk");
        talk.ExpectNothing();
        talk.Publish(1, "", "q", []);
        Assert.Equal("low on disk", talk.Expect<ConnectionBlocked>().Reason);
        talk.Publish(1, "", "q", []);
        talk.ExpectNothing();
        talk.Blocked(null);
        talk.Expect<ConnectionUnblocked>();
    }

    [Fact]
    public void A_publisher_that_is_held_back_is_told_at_once()
    {
        using Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Publish(1, "", "q", []);
        talk.ExpectNothing();
        talk.Blocked("no quorum");
        Assert.Equal("no quorum", talk.Expect<ConnectionBlocked>().Reason);
        talk.Blocked(null);
        talk.Expect<ConnectionUnblocked>();
    }

    private static Talk Held(int publishes)
    {
        Talk talk = Talk.Open();
        talk.Broker.AddQueue("q");
        talk.Link.HoldPublishes = true;
        talk.Send(1, new ConfirmSelect(true));
        for (int i = 0; i < publishes; i++)
            talk.Publish(1, "", "q", []);
        talk.ExpectNothing();
        return talk;
    }

    private static void Answer(Talk talk, int index, Reply reply) =>
        talk.Link.Answer(talk.Link.Published[index].Tag, reply);
}
