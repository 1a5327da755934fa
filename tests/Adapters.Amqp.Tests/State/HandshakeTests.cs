using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.State;

/// <summary>Checklist section 2.</summary>
public sealed class HandshakeTests
{
    private const string Refused =
        "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN. For details see the broker logfile.";

    [Fact]
    public void Start_tells_product_version_capabilities_and_mechanisms()
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);

        ConnectionStart start = talk.Expect<ConnectionStart>();
        Assert.True(start.ServerProperties.TryGet("product", out AmqpValue product));
        Assert.True(start.ServerProperties.TryGet("version", out AmqpValue version));
        Assert.Equal(("RabbitMQ", "3.6.11"), (product.Text, version.Text));
        AmqpTable capabilities = start.ServerProperties.Nested("capabilities");
        foreach (string name in (string[])["publisher_confirms", "exchange_exchange_bindings", "basic.nack",
            "consumer_cancel_notify", "connection.blocked", "consumer_priorities", "authentication_failure_close",
            "per_consumer_qos"])
        {
            Assert.True(capabilities.IsTrue(name), name);
        }
        Assert.True(capabilities.TryGet("direct_reply_to", out AmqpValue absent));
        Assert.Equal(0, absent.Number);
        Assert.Equal("PLAIN AMQPLAIN", Encoding.UTF8.GetString(start.Mechanisms.Span));
    }

    [Fact]
    public void An_unknown_protocol_header_is_answered_with_ours()
    {
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        new AmqpWriter(output).ProtocolHeader();
        Assert.Equal("AMQP\0\0\t\u0001"u8, output.WrittenSpan);

        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: false);
        Assert.Equal(AmqpPhase.Closed, talk.Conversation.Phase);
    }

    [Fact]
    public void Amqplain_is_a_table_without_its_length()
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();
        AmqpTable login = AmqpTable.Build(table =>
        {
            table.Text("LOGIN", "guest");
            table.Text("PASSWORD", "guest");
        });

        talk.Send(0, new ConnectionStartOk(default, "AMQPLAIN", login.Encoded, "en_US"));

        ConnectionTune tune = talk.Expect<ConnectionTune>();
        Assert.Equal(new ConnectionTune(2_047, 131_072, 60), tune);
    }

    [Theory]
    [InlineData("\0guest\0wrong")]
    [InlineData("\0guest\0")]
    public void A_refused_login_is_told_to_a_client_that_understands(string response)
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();

        talk.Send(0, new ConnectionStartOk(
            Talk.ClientProperties, "PLAIN", Encoding.UTF8.GetBytes(response), "en_US"));

        talk.ExpectConnectionClose(AmqpCode.AccessRefused, Refused);
        Assert.Equal(AmqpPhase.Closing, talk.Conversation.Phase);
    }

    [Theory]
    [InlineData("PLAIN", "\0guest\0wrong")]
    [InlineData("PLAIN", "guest\0guest\0guest")]
    [InlineData("PLAIN", "")]
    [InlineData("AMQPLAIN", "nonsense")]
    [InlineData("EXTERNAL", "")]
    public void Whoever_cannot_be_told_is_kept_waiting_in_silence(string mechanism, string response)
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();

        talk.Send(0, new ConnectionStartOk(default, mechanism, Encoding.UTF8.GetBytes(response), "en_US"));

        talk.ExpectNothing();
        Assert.Equal(AmqpPhase.Refused, talk.Conversation.Phase);
        Assert.Single(talk.Errors);
    }

    [Theory]
    [InlineData(4095u, 10, "NOT_ALLOWED - negotiated frame_max = 4095 is lower than the minimum allowed value (4096)")]
    [InlineData(131_073u, 10,
        "NOT_ALLOWED - negotiated frame_max = 131073 is higher than the maximum allowed value (131072)")]
    [InlineData(0u, 10, "NOT_ALLOWED - negotiated frame_max = 0 is higher than the maximum allowed value (131072)")]
    [InlineData(4096u, 0, "NOT_ALLOWED - negotiated channel_max = 0 is higher than the maximum allowed value (2047)")]
    public void Limits_beyond_ours_are_refused(uint frameMax, ushort channelMax, string text)
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();
        talk.Send(0, new ConnectionStartOk(Talk.ClientProperties, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        talk.Expect<ConnectionTune>();

        talk.Send(0, new ConnectionTuneOk(channelMax, frameMax, 0));

        talk.ExpectConnectionClose(AmqpCode.NotAllowed, text);
    }

    [Fact]
    public void An_unknown_virtual_host_is_refused_like_a_forbidden_one()
    {
        using var talk = new Talk();
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();
        talk.Send(0, new ConnectionStartOk(Talk.ClientProperties, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        talk.Expect<ConnectionTune>();
        talk.Send(0, new ConnectionTuneOk(10, 4096, 0));

        talk.Send(0, new ConnectionOpen("nowhere"));

        talk.ExpectConnectionClose(
            AmqpCode.NotAllowed, "NOT_ALLOWED - access to vhost 'nowhere' refused for user 'guest'");
    }

    [Fact]
    public void A_node_that_is_not_ready_forces_the_connection_closed()
    {
        using var talk = new Talk();
        talk.Broker.IsReady = false;
        talk.Conversation.ReceiveHeader(supported: true);
        talk.Expect<ConnectionStart>();
        talk.Send(0, new ConnectionStartOk(Talk.ClientProperties, "PLAIN", "\0guest\0guest"u8.ToArray(), "en_US"));
        talk.Expect<ConnectionTune>();
        talk.Send(0, new ConnectionTuneOk(10, 4096, 0));

        talk.Send(0, new ConnectionOpen("/"));

        talk.ExpectConnectionClose(AmqpCode.ConnectionForced,
            "CONNECTION_FORCED - broker forced connection closure with reason 'not ready'");
    }

    [Fact]
    public void Close_settles_leaves_the_core_and_is_agreed_to()
    {
        using Talk talk = Talk.Open();

        talk.Send(0, new ConnectionClose(AmqpCode.ReplySuccess, "bye", 0, 0));

        talk.Expect<ConnectionCloseOk>();
        Assert.True(talk.Link.IsDisposed);
        Assert.Equal(AmqpPhase.Closed, talk.Conversation.Phase);
    }

    [Fact]
    public void A_closing_node_tells_its_clients_and_answers_their_close()
    {
        using Talk talk = Talk.Open();

        talk.Closing("shutdown");

        talk.ExpectConnectionClose(AmqpCode.ConnectionForced,
            "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'");
        talk.Send(1, new BasicPublish("nowhere", "", false, false));
        talk.ExpectNothing();
        talk.Send(0, new ConnectionClose(AmqpCode.ReplySuccess, "", 0, 0));
        talk.Expect<ConnectionCloseOk>();
        talk.Send(0, default(ConnectionCloseOk));
        Assert.Equal(AmqpPhase.Closed, talk.Conversation.Phase);
        Assert.True(talk.Link.IsDisposed);
    }
}
