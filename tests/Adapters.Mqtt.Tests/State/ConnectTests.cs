using System.Net;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>CONNECT and CONNACK (MQTT 5.0 §3.1, §3.2; 3.1.1 §3.1, §3.2).</summary>
public sealed class ConnectTests
{
    public static TheoryData<MqttVersion> Versions => [MqttVersion.V31, MqttVersion.V311, MqttVersion.V5];

    [Theory, MemberData(nameof(Versions))]
    public void A_client_is_let_in_and_answered_in_its_version(MqttVersion version)
    {
        using var talk = new Talk(version: version);
        talk.Send(Talk.Connect(version, "c", user: "device", password: "device"));
        MqttConnAck answer = talk.Expect<MqttConnAck>();
        Assert.Equal((false, MqttReason.Success), (answer.SessionPresent, answer.Reason));
        Assert.Equal(version == MqttVersion.V5 ? (ushort)1_000 : null, answer.Properties.ReceiveMaximum);
        Assert.Equal("device", talk.Link.Options.User.UserName);
        Assert.Equal(MqttPhase.Running, talk.Conversation.Phase);
        Assert.Equal(90_000, talk.Conversation.SilenceMs);
    }

    [Theory]
    [InlineData(MqttVersion.V311, "device", "wrong", MqttReason.BadUserNameOrPassword)]
    [InlineData(MqttVersion.V5, "device", "wrong", MqttReason.BadUserNameOrPassword)]
    [InlineData(MqttVersion.V5, "nowhere:device", "device", MqttReason.BadUserNameOrPassword)]
    [InlineData(MqttVersion.V5, null, "device", MqttReason.NotAuthorized)]
    public void A_stranger_is_refused(MqttVersion version, string? user, string password, MqttReason reason)
    {
        using var talk = new Talk(version: version);
        talk.Send(Talk.Connect(version, "c", user: user, password: password));
        Assert.Equal(reason, talk.Expect<MqttConnAck>().Reason);
        Assert.Equal(MqttPhase.Closed, talk.Conversation.Phase);
        Assert.Empty(talk.Broker.Connections);
    }

    [Fact]
    public void A_user_name_may_say_the_namespace_first()
    {
        using var talk = new Talk();
        talk.Send(Talk.Connect(MqttVersion.V5, "c", user: "/:device", password: "device"));
        Assert.Equal(MqttReason.Success, talk.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void A_web_page_needs_a_user_name_wherever_its_browser_runs()
    {
        foreach (MqttOptions options in new[] { new MqttOptions(), new MqttOptions { AnonymousFromAnywhere = true } })
        {
            using var page = new Talk(options: options, isForeignPage: true);
            page.Send(Talk.Connect(MqttVersion.V5, "c"));
            Assert.Equal(MqttReason.NotAuthorized, page.Expect<MqttConnAck>().Reason);
        }
        using var named = new Talk(isForeignPage: true);
        named.Send(Talk.Connect(MqttVersion.V5, "c", user: "device", password: "device"));
        Assert.Equal(MqttReason.Success, named.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void Without_a_user_name_one_is_the_anonymous_user_and_from_this_machine_only()
    {
        using var near = new Talk();
        near.Send(Talk.Connect(MqttVersion.V311, "c"));
        Assert.Equal("guest", near.Link.Options.User.UserName);

        using var far = new Talk(version: MqttVersion.V311, peer: IPAddress.Parse("192.0.2.1"));
        far.Send(Talk.Connect(MqttVersion.V311, "c"));
        Assert.Equal(MqttReason.NotAuthorized, far.Expect<MqttConnAck>().Reason);

        using var open = new Talk(options: new MqttOptions { AnonymousFromAnywhere = true, Presence = false },
            version: MqttVersion.V311, peer: IPAddress.Parse("192.0.2.1"));
        open.Send(Talk.Connect(MqttVersion.V311, "c"));
        Assert.Equal(MqttReason.Success, open.Expect<MqttConnAck>().Reason);

        using var closed = new Talk(options: new MqttOptions { AnonymousUser = null }, version: MqttVersion.V311);
        closed.Send(Talk.Connect(MqttVersion.V311, "c"));
        Assert.Equal(MqttReason.NotAuthorized, closed.Expect<MqttConnAck>().Reason);
    }

    [Theory]
    [InlineData(MqttVersion.V31, true, false)]
    [InlineData(MqttVersion.V311, true, true)]
    [InlineData(MqttVersion.V311, false, false)]
    [InlineData(MqttVersion.V5, true, true)]
    [InlineData(MqttVersion.V5, false, true)]
    public void An_empty_client_id_is_replaced_or_refused(MqttVersion version, bool clean, bool isReplaced)
    {
        using var talk = new Talk(version: version);
        talk.Send(Talk.Connect(version, "", clean));
        MqttConnAck answer = talk.Expect<MqttConnAck>();
        Assert.Equal(isReplaced ? MqttReason.Success : MqttReason.ClientIdNotValid, answer.Reason);
        if (version == MqttVersion.V5)
            Assert.Equal("auto-name-1", answer.Properties.AssignedClientId);
        if (isReplaced)
            Assert.Equal("auto-name-1", Assert.Single(talk.Broker.Sessions).Key);
    }

    [Theory]
    [InlineData("10 0D 0004 4D515454 06 02 003C 0001 61", MqttVersion.V5, "20 03 00 84 00")]
    [InlineData("10 0D 0004 4D515454 02 02 003C 0001 61", MqttVersion.V311, "20 02 00 01")]
    public void An_unknown_level_is_told(string hex, MqttVersion version, string answer)
    {
        using var talk = new Talk(version: version);
        talk.Feed(Packets.Hex(hex));
        talk.Turn();
        MqttConnAck refused = talk.Expect<MqttConnAck>();
        Assert.Equal(MqttReason.UnsupportedVersion, refused.Reason);
        Assert.Equal(Packets.Hex(answer), Packets.Bytes(refused, version));
    }

    [Fact]
    public void What_is_not_CONNECT_is_dropped_without_a_word()
    {
        using var talk = new Talk();
        talk.Feed([0xC0, 0]);
        talk.ExpectNothing();
        Assert.Equal(MqttPhase.Closed, talk.Conversation.Phase);
    }

    [Fact]
    public void A_broken_CONNECT_of_5_is_told_why()
    {
        using var talk = new Talk();
        talk.Feed(Packets.Hex("10 0F 0004 4D515454 05 02 003C 02 7E 00 0000"));
        Assert.Equal(MqttReason.MalformedPacket, talk.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void A_client_of_5_is_told_in_words_what_was_wrong()
    {
        using var refused = new Talk();
        refused.Feed(Packets.Hex("10 0F 0004 4D515454 05 02 003C 02 7E 00 0000"));
        Assert.Equal("property 7e in Connect", refused.Expect<MqttConnAck>().Properties.ReasonString);

        using Talk ended = Talk.Open();
        ended.Send(Talk.Connect(MqttVersion.V5, "c"));
        Assert.Equal(
            new MqttDisconnect(MqttReason.ProtocolError, new MqttProperties { ReasonString = "Connect from a client" }),
            ended.Expect<MqttDisconnect>());
    }

    [Fact]
    public void Words_that_the_client_does_not_take_or_that_are_very_long_are_left_out()
    {
        using Talk small = Talk.Open(properties: new MqttProperties { MaximumPacketBytes = 20 });
        small.Send(Talk.Connect(MqttVersion.V5, "c"));
        Assert.Equal(
            new MqttDisconnect(MqttReason.ProtocolError, MqttProperties.None), small.Expect<MqttDisconnect>());

        using Talk talkative = Talk.Open(clientId: "d");
        talkative.Publish(new string('+', 65_000), "x");
        Assert.Equal(
            new MqttDisconnect(MqttReason.TopicNameInvalid, MqttProperties.None), talkative.Expect<MqttDisconnect>());
    }

    [Theory, MemberData(nameof(Versions))]
    public void A_second_CONNECT_ends_the_connection(MqttVersion version)
    {
        using Talk talk = Talk.Open(version: version);
        talk.Send(Talk.Connect(version, "c"));
        talk.ExpectEnd(MqttReason.ProtocolError);
    }

    [Fact]
    public void A_node_that_is_not_ready_says_so()
    {
        using var talk = new Talk(new FakeBroker { IsReady = false });
        talk.Send(Talk.Connect(MqttVersion.V5, "c"));
        Assert.Equal(MqttReason.ServerUnavailable, talk.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void An_authentication_method_is_not_known()
    {
        using var talk = new Talk();
        talk.Send(Talk.Connect(MqttVersion.V5, "c", properties: new MqttProperties { AuthenticationMethod = "GS2" }));
        Assert.Equal(MqttReason.BadAuthenticationMethod, talk.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void Limits_below_what_was_asked_for_are_announced()
    {
        using var talk = new Talk(options: new MqttOptions
        {
            MaxSessionExpirySeconds = 100,
            MaxKeepAliveSeconds = 30,
            Presence = false,
        });
        talk.Send(Talk.Connect(MqttVersion.V5, "c", expiry: 101));
        MqttProperties announced = talk.Expect<MqttConnAck>().Properties;
        Assert.Equal((100u, (ushort)30), (announced.SessionExpirySeconds, announced.ServerKeepAliveSeconds));
        Assert.Equal(45_000, talk.Conversation.SilenceMs);
        Assert.Equal(100_000, talk.Broker.Sessions["c"].ExpiryMs);
    }

    [Theory]
    [InlineData(MqttVersion.V311, true, null, 0L)]
    [InlineData(MqttVersion.V311, false, null, null)]
    [InlineData(MqttVersion.V5, false, null, 0L)]
    [InlineData(MqttVersion.V5, true, 7u, 7_000L)]
    [InlineData(MqttVersion.V5, true, uint.MaxValue, null)]
    public void How_long_a_session_lives_follows_from_version_and_CONNECT(
        MqttVersion version, bool clean, uint? expiry, long? expiryMs)
    {
        using Talk talk = Talk.Open(version: version, clean: clean, expiry: expiry);
        Assert.Equal(expiryMs, talk.Broker.Sessions["c"].ExpiryMs);
    }

    [Fact]
    public void Another_connection_of_the_same_name_takes_over()
    {
        var broker = new FakeBroker();
        using Talk first = Talk.Open(broker);
        using Talk second = Talk.Open(broker);
        first.ExpectEnd(MqttReason.SessionTakenOver);
        Assert.Null(broker.Sessions["c"].End);
        Assert.True(first.Link.IsDisposed);
        second.ExpectNothing();
    }

    [Fact]
    public void A_will_goes_into_the_core_at_once()
    {
        var will = new MqttWill("w/t", "bye"u8.ToArray(), MqttQoS.AtLeastOnce, Retain: true,
            new MqttMessageProperties { WillDelaySeconds = 5, ExpirySeconds = 9 });
        using Talk talk = Talk.Open(will: will, expiry: 60);
        FakeSession session = talk.Broker.Sessions["c"];
        Publication stored = session.Will!.Value;
        Assert.Equal(("w.t", true, LastValueChange.Put), (stored.RoutingKey, stored.Persistent, stored.LastValue));
        Assert.Equal((9_000L, 5_000L), (stored.TtlMs, session.WillDelayMs));
    }

    [Theory]
    [InlineData("a/+", MqttReason.TopicNameInvalid)]
    [InlineData("$SYS/x", MqttReason.NotAuthorized)]
    public void A_will_must_be_one_that_the_client_could_publish(string topic, MqttReason reason)
    {
        using var talk = new Talk();
        talk.Send(Talk.Connect(MqttVersion.V5, "c", will: new MqttWill(topic, default, 0, false, MqttMessageProperties.None)));
        Assert.Equal(reason, talk.Expect<MqttConnAck>().Reason);
    }

    [Theory]
    [InlineData(MqttReason.Success, false)]
    [InlineData(MqttReason.DisconnectWithWill, true)]
    public void DISCONNECT_says_whether_the_will_is_due(MqttReason reason, bool isDue)
    {
        using Talk talk = Talk.Open(expiry: 60);
        talk.Send(new MqttDisconnect(reason, MqttProperties.None));
        talk.ExpectNothing();
        Assert.Equal(new SessionEnd(isDue, 60_000), talk.Broker.Sessions["c"].End);
        Assert.True(talk.Link.IsDisposed);
        Assert.Empty(talk.Ends);
    }

    [Fact]
    public void A_lost_socket_makes_the_will_due()
    {
        using Talk talk = Talk.Open(expiry: 60);
        talk.Drop();
        Assert.Equal(new SessionEnd(true, 60_000), talk.Broker.Sessions["c"].End);
    }

    [Fact]
    public void DISCONNECT_may_change_the_expiry_but_not_from_0()
    {
        using Talk talk = Talk.Open(expiry: 60);
        talk.Send(new MqttDisconnect(0, new MqttProperties { SessionExpirySeconds = 5 }));
        Assert.Equal(5_000, talk.Broker.Sessions["c"].End!.Value.ExpiryMs);

        using Talk clean = Talk.Open(clientId: "d");
        clean.Send(new MqttDisconnect(0, new MqttProperties { SessionExpirySeconds = 5 }));
        clean.ExpectEnd(MqttReason.ProtocolError);
    }

    [Theory, MemberData(nameof(Versions))]
    public void Silence_and_a_stopping_node_end_the_connection_in_its_words(MqttVersion version)
    {
        using Talk silent = Talk.Open(version: version);
        silent.Conversation.KeepAliveExpired();
        silent.ExpectEnd(MqttReason.KeepAliveTimeout);

        using Talk stopping = Talk.Open(version: version);
        stopping.Closing("shutdown");
        stopping.ExpectEnd(MqttReason.ServerShuttingDown);
    }

    [Theory]
    [InlineData("20 02 0000", MqttReason.ProtocolError)]
    [InlineData("90 03 0001 00", MqttReason.ProtocolError)]
    [InlineData("D0 00", MqttReason.ProtocolError)]
    [InlineData("C0 01 00", MqttReason.MalformedPacket)]
    [InlineData("F0 00", MqttReason.ProtocolError)]
    public void What_only_servers_send_or_nobody_ends_the_connection(string hex, MqttReason reason)
    {
        using Talk talk = Talk.Open();
        talk.Feed(Packets.Hex(hex));
        talk.ExpectEnd(reason);
    }

    [Fact]
    public void A_ping_is_answered_while_a_publish_waits()
    {
        using Talk talk = Talk.Open(version: MqttVersion.V311);
        talk.Link.HoldPublishes = true;
        talk.Broker.AddQueue(new QueueDeclaration("q", true, false, false, new QueueSettings(), default));
        talk.Broker.Bindings.Add(new BindingInfo(
            talk.Broker.Space.Id, talk.Broker.Queues["q"].Info.Id, null, "#", null, default));
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        talk.Feed([0xC0, 0]);
        talk.Turn();
        Assert.Equal(MqttPacketType.PingResp, Assert.Single(talk.Sent).Type);
    }
}
