using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>Checklist sections 1 and 4: frames in order, channels, what closes what.</summary>
public sealed class ChannelTests
{
    [Fact]
    public void The_first_method_of_a_channel_is_open()
    {
        using Talk talk = Talk.Open();
        talk.Send(2, default(TxSelect));
        talk.ExpectConnectionClose(AmqpCode.ChannelError, "CHANNEL_ERROR - expected 'channel.open'");
    }

    [Fact]
    public void A_second_open_is_an_error()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, default(ChannelOpen));
        talk.ExpectConnectionClose(AmqpCode.ChannelError, "CHANNEL_ERROR - second 'channel.open' seen");
    }

    [Fact]
    public void More_channels_than_agreed_are_refused_whatever_their_numbers()
    {
        using var talk = new Talk();
        talk.Connect(channelMax: 2);
        talk.OpenChannel(60_000);
        talk.OpenChannel(7);
        talk.Send(1, default(ChannelOpen));
        talk.ExpectConnectionClose(AmqpCode.NotAllowed,
            "NOT_ALLOWED - number of channels opened (2) has reached the negotiated channel_max (2)");
    }

    [Fact]
    public void A_number_may_be_used_again_after_close()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ChannelClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ChannelCloseOk>(1);
        talk.OpenChannel(1);
    }

    [Fact]
    public void After_an_error_everything_but_close_is_dropped_until_the_client_agrees()
    {
        using Talk talk = Talk.Open();
        talk.Publish(1, "nowhere", "", [1, 2]);
        ChannelClose close = talk.Expect<ChannelClose>(1);
        Assert.Equal("NOT_FOUND - no exchange 'nowhere' in vhost '/'", close.Text);
        Assert.Equal((60, 40), (close.ClassId, close.MethodId));

        for (int i = 0; i < 100; i++)
            talk.Publish(1, "nowhere", "", [1]);
        talk.Send(1, new QueueDeclare("q", false, false, false, false, false, default));
        talk.ExpectNothing();
        talk.Send(1, new ChannelClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ChannelCloseOk>(1);
        talk.Send(1, default(ChannelCloseOk));
        talk.OpenChannel(1);
    }

    [Fact]
    public void A_method_on_a_channel_that_is_not_open_is_named_in_the_close()
    {
        Refused(AmqpMethodId.BasicQos, talk => talk.Send(7, new BasicQos(0, 1, false)));
        Refused(AmqpMethodId.ChannelCloseOk, talk => talk.Send(7, default(ChannelCloseOk)));
        Refused(AmqpMethodId.ChannelClose, talk => talk.Send(7, new ChannelClose(AmqpCode.ReplySuccess, "", 0, 0)));

        static void Refused(AmqpMethodId method, Action<Talk> act)
        {
            using Talk talk = Talk.Open();
            act(talk);
            ConnectionClose close = talk.Expect<ConnectionClose>();
            Assert.Equal((AmqpCode.ChannelError, "CHANNEL_ERROR - expected 'channel.open'"), (close.Code, close.Text));
            Assert.Equal((method.ClassId, method.MethodId), (close.ClassId, close.MethodId));
        }
    }

    [Fact]
    public void A_content_frame_out_of_turn_names_no_method()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new BasicQos(0, 1, false));
        talk.Expect<BasicQosOk>(1);
        talk.Feed(Frame(3, 1, [1]));
        ConnectionClose close = talk.Expect<ConnectionClose>();
        Assert.Equal((0, 0), (close.ClassId, close.MethodId));
    }

    [Fact]
    public void An_error_closes_its_channel_only()
    {
        using Talk talk = Talk.Open();
        talk.OpenChannel(2);
        talk.Publish(1, "nowhere", "", []);
        talk.ExpectChannelClose(1, AmqpCode.NotFound, "NOT_FOUND - no exchange 'nowhere' in vhost '/'");
        talk.Send(2, new BasicQos(0, 1, false));
        talk.Expect<BasicQosOk>(2);
    }

    public static TheoryData<string, byte[], string> WrongFrames => new()
    {
        { "a body without a method", Frame(3, 1, [1]), "expected method frame, got non method frame instead" },
        { "a header without a method", Frame(2, 1, new byte[14]), "expected method frame, got non method frame instead" },
        {
            "a method instead of a header", [.. Publish, .. Publish],
            "expected content header for class 60, got non content header frame instead"
        },
        {
            "a header of another class", [.. Publish, .. Frame(2, 1, [0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])],
            "expected content header for class 60, got one for class 50 instead"
        },
        {
            "a weight", [.. Publish, .. Frame(2, 1, [0, 60, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0])],
            "expected content header for class 60, got non content header frame instead"
        },
        {
            "a method instead of a body", [.. Publish, .. Header(3), .. Publish],
            "expected content body, got non content body frame instead"
        },
        {
            "a body that is too long", [.. Publish, .. Header(3), .. Frame(3, 1, [1, 2]), .. Frame(3, 1, [3, 4])],
            "content body of 4 bytes exceeds the announced 3"
        },
        { "a body on channel 0", Frame(3, 0, [(byte)'x']), "type 3, all octets = <<\"x\">>" },
        { "a heartbeat on a channel", Frame(8, 1, []), "type 8, all octets = <<>>" },
    };

    private static byte[] Publish => Frame(1, 1, [0, 60, 0, 40, 0, 0, 0, 0, 0]);

    [Theory, MemberData(nameof(WrongFrames))]
    public void A_frame_out_of_order_closes_the_connection(string what, byte[] bytes, string text)
    {
        using Talk talk = Talk.Open();
        talk.Feed(bytes);
        Assert.NotEmpty(what);
        talk.ExpectConnectionClose(AmqpCode.UnexpectedFrame, $"UNEXPECTED_FRAME - {text}");
    }

    [Fact]
    public void Contents_of_two_channels_may_interleave()
    {
        using Talk talk = Talk.Open();
        talk.OpenChannel(2);
        talk.Broker.AddQueue("q");
        talk.Feed(new byte[][]
        {
            Frame(1, 1, [0, 60, 0, 40, 0, 0, 0, 1, (byte)'q', 0]), Frame(1, 2, [0, 60, 0, 40, 0, 0, 0, 1, (byte)'q', 0]),
            Header(2), Header(2, channel: 2), Frame(3, 1, [1]), Frame(3, 2, [3]), Frame(3, 1, [2]), Frame(3, 2, [4]),
        }.SelectMany(frame => frame).ToArray());
        talk.ExpectNothing();
        Assert.Equal([[1, 2], [3, 4]], talk.Link.Published.Select(published => published.Body));
    }

    [Fact]
    public void A_truncated_method_cannot_be_decoded()
    {
        using Talk talk = Talk.Open();
        talk.Feed(Frame(1, 1, [0, 60, 0, 80, 1]));
        talk.ExpectConnectionClose(AmqpCode.FrameError, "FRAME_ERROR - cannot decode <<1>>");
    }

    [Fact]
    public void A_method_nobody_knows_is_invalid()
    {
        using Talk talk = Talk.Open();
        talk.Feed(Frame(1, 1, [0, 60, 0, 200]));
        talk.ExpectConnectionClose(AmqpCode.CommandInvalid, "COMMAND_INVALID - unimplemented method");
    }

    [Fact]
    public void A_method_of_a_channel_on_channel_zero_is_unexpected()
    {
        using Talk talk = Talk.Open();
        talk.Send(0, new BasicQos(0, 1, false));
        talk.ExpectConnectionClose(
            AmqpCode.ChannelError, "CHANNEL_ERROR - unexpected method in connection state running");
    }

    [Fact]
    public void Channel_flow_can_only_be_on()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new ChannelFlow(true));
        Assert.True(talk.Expect<ChannelFlowOk>(1).Active);
        talk.Send(1, new ChannelFlow(false));
        talk.ExpectConnectionClose(AmqpCode.NotImplemented, "NOT_IMPLEMENTED - active=false");
    }

    [Fact]
    public void Old_clients_get_their_ticket()
    {
        using Talk talk = Talk.Open();
        talk.Send(1, new AccessRequest("/data", false, false, true, true, true));
        Assert.Equal(1, talk.Expect<AccessRequestOk>(1).Ticket);
    }

    [Fact]
    public void What_is_not_there_yet_says_so()
    {
        Refused(talk => talk.Send(1, default(TxSelect)), "transactions (class tx)");
        Refused(talk => talk.Send(1, new ExchangeDeclare("e", "direct", false, false, false, false, false,
            AmqpTable.Build(table => table.Text("alternate-exchange", "x")))), "alternate exchanges (alternate-exchange)");
        Refused(talk => talk.Send(1, new QueueDeclare("q", false, false, false, false, false,
            AmqpTable.Build(table => table.Int("x-max-priority", 5)))), "priority queues (x-max-priority)");
        Refused(talk => talk.Send(1, new BasicConsume("amq.rabbitmq.reply-to", "", false, true, false, false, default)),
            "direct reply-to (amq.rabbitmq.reply-to)");
        Refused(talk => talk.Send(1, new BasicPublish("", "", false, Immediate: true)), "immediate=true");

        static void Refused(Action<Talk> act, string text)
        {
            using Talk talk = Talk.Open();
            act(talk);
            talk.ExpectConnectionClose(AmqpCode.NotImplemented, "NOT_IMPLEMENTED - " + text);
        }
    }

    [Fact]
    public void A_method_that_waits_holds_back_its_channel_and_no_other()
    {
        using Talk talk = Talk.Open();
        talk.OpenChannel(2);
        talk.Link.Gate = new TaskCompletionSource();
        talk.Send(1, new QueueDeclare("q", false, true, false, false, false, default));
        talk.ExpectNothing();

        Assert.False(talk.Conversation.Accepts(1));
        Assert.True(talk.Conversation.Accepts(2));
        talk.Send(2, new BasicQos(0, 1, false));
        talk.Expect<BasicQosOk>(2);

        TaskCompletionSource gate = talk.Link.Gate;
        talk.Link.Gate = null;
        gate.SetResult();
        Assert.Equal("q", talk.Expect<QueueDeclareOk>(1).Queue);
        Assert.True(talk.Conversation.Accepts(1));
    }

    [Fact]
    public void A_connection_that_goes_does_not_wait_for_what_it_asked()
    {
        using Talk talk = Talk.Open();
        talk.Link.Gate = new TaskCompletionSource();
        talk.Send(1, new QueueDeclare("q", false, true, false, false, false, default));

        Task stopped = talk.Conversation.StopAsync();
        talk.Link.Gate = null;
        talk.Turn();

        Assert.True(stopped.IsCompletedSuccessfully);
        Assert.True(talk.Link.IsDisposed);
    }

    [Fact]
    public void Unfinished_contents_are_bounded_over_all_channels()
    {
        using Talk talk = Talk.Open(options: new AmqpOptions { MaxPartialBytes = 1_500 });
        talk.OpenChannel(2);
        byte[] half = new byte[1_000];
        talk.Feed(new byte[][] { Publish, Header(2_000), Frame(3, 1, half) }.SelectMany(frame => frame).ToArray());
        talk.ExpectNothing();
        talk.Feed(new byte[][]
        {
            Frame(1, 2, [0, 60, 0, 40, 0, 0, 0, 0, 0]), Header(2_000, channel: 2), Frame(3, 2, half),
        }.SelectMany(frame => frame).ToArray());
        talk.ExpectConnectionClose(
            AmqpCode.ResourceError, "RESOURCE_ERROR - more than 1500 bytes of unfinished content");
    }

    private static byte[] Header(int bodyBytes, ushort channel = 1) => Frame(2, channel,
        [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, (byte)(bodyBytes >> 8), (byte)(bodyBytes & 0xFF), 0, 0]);

    private static byte[] Frame(byte type, ushort channel, byte[] payload) =>
        [type, 0, (byte)channel, 0, 0, (byte)(payload.Length >> 8), (byte)(payload.Length & 0xFF), .. payload, 0xCE];
}
