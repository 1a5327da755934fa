using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>Messages from clients (MQTT 5.0 §3.3, §4.3).</summary>
public sealed class PublishTests
{
    [Fact]
    public void A_message_becomes_a_publication_to_the_topic_space()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a.b/c", "x", MqttQoS.AtLeastOnce, 1, retain: true, properties: new MqttMessageProperties
        {
            ExpirySeconds = 3,
            Forwarded = Packets.Hex("26 0001 6B 0001 76"),
        });
        talk.ExpectAck(MqttPacketType.PubAck, 1);
        (Publication sent, byte[] body, _) = Assert.Single(talk.Link.Published);
        Assert.Equal(("amq.topic", "a\u001Fb.c", true), (sent.Topic.Name, sent.RoutingKey, sent.Persistent));
        Assert.Equal((3_000L, LastValueChange.Put), (sent.TtlMs, sent.LastValue));
        Assert.Equal("x"u8.ToArray(), body);
        MqttPropertyBlock block = MqttPropertyBlock.Read(sent.Properties);
        Assert.Equal((MqttQoS.AtLeastOnce, true, true), (block.QoS, block.Retain, block.IsFrom("c")));
        Assert.Equal(Packets.Hex("26 0001 6B 0001 76"), block.Forwarded.ToArray());
    }

    [Fact]
    public void A_publisher_of_5_is_told_when_nobody_listens()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        Assert.Equal(MqttReason.NoMatchingSubscribers, talk.ExpectAck(MqttPacketType.PubAck, 1).Reason);
        talk.Subscribe("a", 0);
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 2);
        Assert.Equal(MqttReason.Success, talk.ExpectAck(MqttPacketType.PubAck, 2).Reason);
        using Talk old = Talk.Open(version: MqttVersion.V311);
        old.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        old.ExpectAck(MqttPacketType.PubAck, 1);
    }

    [Fact]
    public void QoS_0_is_not_persistent_and_not_answered()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a", "x");
        talk.ExpectNothing();
        Assert.False(Assert.Single(talk.Link.Published).Publication.Persistent);
    }

    [Fact]
    public void Acknowledgements_go_out_in_the_order_of_the_messages_and_not_before_they_are_stored()
    {
        using Talk talk = Talk.Open();
        Bind(talk.Broker);
        talk.Link.HoldPublishes = true;
        talk.Publish("a", "1", MqttQoS.AtLeastOnce, 11);
        talk.Publish("a", "2", MqttQoS.AtLeastOnce, 12);
        talk.Publish("a", "3", MqttQoS.ExactlyOnce, 13);
        talk.Link.Answer(talk.Link.Published[1].Tag, Reply.Ok);
        talk.Link.Answer(talk.Link.Published[2].Tag, Reply.Ok);
        talk.ExpectNothing();
        talk.Link.Answer(talk.Link.Published[0].Tag, Reply.Ok);
        talk.ExpectAck(MqttPacketType.PubAck, 11);
        talk.ExpectAck(MqttPacketType.PubAck, 12);
        talk.ExpectAck(MqttPacketType.PubRec, 13);
        talk.ExpectNothing();
    }

    [Theory]
    [InlineData(Reply.Full, MqttReason.QuotaExceeded)]
    [InlineData(Reply.TimedOut, MqttReason.ImplementationSpecific)]
    public void What_was_not_stored_is_told_in_5_and_never_acknowledged_before(Reply reply, MqttReason reason)
    {
        using Talk five = Talk.Open();
        five.Link.PublishReply = reply;
        five.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        five.ExpectAck(MqttPacketType.PubAck, 1, reason);

        using Talk old = Talk.Open(version: MqttVersion.V311);
        old.Link.PublishReply = reply;
        old.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        old.ExpectEnd(reason);
    }

    [Fact]
    public void What_may_be_stored_of_QoS_2_is_not_refused_while_the_session_can_tell_a_repetition()
    {
        using Talk persistent = Talk.Open(clean: false, expiry: 60);
        persistent.Link.PublishReply = Reply.TimedOut;
        persistent.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        persistent.ExpectEnd(MqttReason.ImplementationSpecific);

        using Talk clean = Talk.Open();
        clean.Link.PublishReply = Reply.TimedOut;
        clean.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        clean.ExpectAck(MqttPacketType.PubRec, 1, MqttReason.ImplementationSpecific);
    }

    [Fact]
    public void While_space_is_short_5_is_told_of_a_quota_and_3_is_not_acknowledged()
    {
        using Talk five = Talk.Open();
        five.Link.IsFull = true;
        five.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        five.ExpectAck(MqttPacketType.PubAck, 1, MqttReason.QuotaExceeded);
        five.Publish("a", "x", MqttQoS.ExactlyOnce, 2);
        five.ExpectAck(MqttPacketType.PubRec, 2, MqttReason.QuotaExceeded);
        five.Publish("a", "x");
        five.ExpectNothing();
        five.Link.IsFull = false;
        five.Publish("a", "x", MqttQoS.AtLeastOnce, 3);
        five.ExpectAck(MqttPacketType.PubAck, 3, MqttReason.NoMatchingSubscribers);

        using Talk old = Talk.Open(version: MqttVersion.V311);
        old.Link.IsFull = true;
        old.Publish("a", "x");
        old.ExpectNothing();
        old.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        old.ExpectEnd(MqttReason.QuotaExceeded);
    }

    [Fact]
    public void Who_may_not_publish_is_told_in_5_and_closed_before()
    {
        var broker = new FakeBroker();
        broker.Users["guest"].Denied.Add((Access.Write, "amq.topic"));
        using Talk five = Talk.Open(broker);
        five.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        five.ExpectAck(MqttPacketType.PubAck, 1, MqttReason.NotAuthorized);
        five.Publish("a", "x", MqttQoS.ExactlyOnce, 2);
        five.ExpectAck(MqttPacketType.PubRec, 2, MqttReason.NotAuthorized);
        five.Publish("a", "x");
        five.ExpectEnd(MqttReason.NotAuthorized);

        using Talk old = Talk.Open(broker, MqttVersion.V311, "old");
        old.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        old.ExpectEnd(MqttReason.NotAuthorized);
        Assert.All(broker.Connections, connection => Assert.Empty(connection.Published));
    }

    [Theory]
    [InlineData("a/+", MqttReason.TopicNameInvalid)]
    [InlineData("a/#", MqttReason.TopicNameInvalid)]
    [InlineData("a\u001Fb", MqttReason.TopicNameInvalid)]
    [InlineData("$SYS/broker/uptime", MqttReason.NotAuthorized)]
    [InlineData("$events/client_connected", MqttReason.NotAuthorized)]
    public void A_topic_that_cannot_be_published_to_is_refused(string topic, MqttReason reason)
    {
        using Talk talk = Talk.Open();
        talk.Publish(topic, "x", MqttQoS.AtLeastOnce, 1);
        talk.ExpectAck(MqttPacketType.PubAck, 1, reason);
        talk.Publish(topic, "x");
        talk.ExpectEnd(reason);
    }

    [Fact]
    public void A_topic_longer_than_a_key_is_refused()
    {
        using Talk talk = Talk.Open();
        talk.Publish(new string('a', 256), "x", MqttQoS.AtLeastOnce, 1);
        talk.ExpectAck(MqttPacketType.PubAck, 1, MqttReason.TopicNameInvalid);
        talk.Publish(new string('a', 255), "x", MqttQoS.AtLeastOnce, 2);
        talk.ExpectAck(MqttPacketType.PubAck, 2);
    }

    [Fact]
    public void More_than_the_receive_maximum_ends_a_connection_of_5_and_is_not_read_before()
    {
        var options = new MqttOptions { ReceiveMaximum = 2, Presence = false };
        using Talk five = Talk.Open(options: options);
        Bind(five.Broker);
        five.Link.HoldPublishes = true;
        five.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        five.Publish("a", "2", MqttQoS.ExactlyOnce, 2);
        five.Publish("a", "0");
        five.Publish("a", "3", MqttQoS.AtLeastOnce, 3);
        five.ExpectEnd(MqttReason.ReceiveMaximumExceeded);

        using Talk old = Talk.Open(version: MqttVersion.V311, options: options);
        Bind(old.Broker);
        old.Link.HoldPublishes = true;
        old.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        old.Publish("a", "2", MqttQoS.AtLeastOnce, 2);
        Assert.False(old.Conversation.Accepts);
        old.Link.Answer(1, Reply.Ok);
        old.ExpectAck(MqttPacketType.PubAck, 1);
        Assert.True(old.Conversation.Accepts);
    }

    [Fact]
    public void A_stored_QoS_2_message_counts_until_it_is_released()
    {
        using Talk talk = Talk.Open(options: new MqttOptions { ReceiveMaximum = 1, Presence = false });
        talk.Publish("a", "1", MqttQoS.ExactlyOnce, 1);
        talk.ExpectAck(MqttPacketType.PubRec, 1);
        talk.Send(new MqttAck(MqttPacketType.PubRel, 1));
        talk.ExpectAck(MqttPacketType.PubComp, 1);
        talk.Publish("a", "2", MqttQoS.ExactlyOnce, 2);
        talk.ExpectAck(MqttPacketType.PubRec, 2);
        talk.Publish("a", "3", MqttQoS.AtLeastOnce, 3);
        talk.ExpectEnd(MqttReason.ReceiveMaximumExceeded);
    }

    [Fact]
    public void Before_5_PUBREL_is_read_however_many_QoS_2_messages_wait_for_it()
    {
        using Talk talk = Talk.Open(
            version: MqttVersion.V311, options: new MqttOptions { ReceiveMaximum = 2, Presence = false });
        for (ushort id = 1; id <= 5; id++)
        {
            talk.Publish("a", "x", MqttQoS.ExactlyOnce, id);
            talk.ExpectAck(MqttPacketType.PubRec, id);
        }
        for (ushort id = 1; id <= 5; id++)
        {
            talk.Send(new MqttAck(MqttPacketType.PubRel, id));
            talk.ExpectAck(MqttPacketType.PubComp, id);
        }
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void A_client_at_the_receive_maximum_may_come_back_and_repeat_its_messages(MqttVersion version)
    {
        var broker = new FakeBroker();
        Bind(broker);
        var options = new MqttOptions { ReceiveMaximum = 2, Presence = false };
        using Talk first = Talk.Open(broker, version, clean: false, expiry: 60, options: options);
        first.Publish("a", "1", MqttQoS.ExactlyOnce, 1);
        first.Publish("a", "2", MqttQoS.ExactlyOnce, 2);
        first.Drop();

        using Talk second = Talk.Open(broker, version, clean: false, expiry: 60, options: options);
        second.Publish("a", "1", MqttQoS.ExactlyOnce, 1, dup: true);
        second.ExpectAck(MqttPacketType.PubRec, 1);
        second.Send(new MqttAck(MqttPacketType.PubRel, 2));
        second.ExpectAck(MqttPacketType.PubComp, 2);
        second.Publish("a", "3", MqttQoS.ExactlyOnce, 3);
        second.ExpectAck(MqttPacketType.PubRec, 3);
        if (version != MqttVersion.V5)
            return;
        second.Publish("a", "4", MqttQoS.ExactlyOnce, 4);
        second.ExpectEnd(MqttReason.ReceiveMaximumExceeded);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void A_repeated_QoS_2_message_is_published_once(uint expiry)
    {
        using Talk talk = Talk.Open(expiry: expiry);
        talk.Publish("a", "1", MqttQoS.ExactlyOnce, 7);
        talk.ExpectAck(MqttPacketType.PubRec, 7);
        talk.Publish("a", "1", MqttQoS.ExactlyOnce, 7, dup: true);
        talk.ExpectAck(MqttPacketType.PubRec, 7);
        Assert.Single(talk.Link.Published);

        talk.Send(new MqttAck(MqttPacketType.PubRel, 7));
        talk.ExpectAck(MqttPacketType.PubComp, 7);
        talk.Send(new MqttAck(MqttPacketType.PubRel, 7));
        talk.ExpectAck(MqttPacketType.PubComp, 7, MqttReason.PacketIdNotFound);
        talk.Publish("a", "2", MqttQoS.ExactlyOnce, 7);
        talk.ExpectAck(MqttPacketType.PubRec, 7);
        Assert.Equal(2, talk.Link.Published.Count);
    }

    [Fact]
    public void A_persistent_session_records_the_id_before_the_message_goes_out_under_its_number()
    {
        using Talk talk = Talk.Open(expiry: 60);
        var gate = new TaskCompletionSource();
        talk.Link.Gate = gate;
        talk.Publish("a", "1", MqttQoS.ExactlyOnce, 7);
        talk.Publish("a", "2", MqttQoS.ExactlyOnce, 8);
        Assert.Empty(talk.Link.Published);
        gate.SetResult();
        talk.ExpectAck(MqttPacketType.PubRec, 7);
        talk.ExpectAck(MqttPacketType.PubRec, 8);
        FakeSession session = talk.Broker.Sessions["c"];
        Assert.Equal([new ProducerNumber(session.Id, 1), new ProducerNumber(session.Id, 2)],
            talk.Link.Published.Select(sent => sent.Publication.Producer!.Value));
        Assert.Equal([7, 8], session.Inbound.Keys.Order());
        talk.Send(new MqttAck(MqttPacketType.PubRel, 7));
        talk.ExpectAck(MqttPacketType.PubComp, 7);
        Assert.Equal([8], session.Inbound.Keys);
    }

    [Fact]
    public void A_QoS_2_message_that_a_lost_connection_left_is_repeated_under_the_same_number()
    {
        var broker = new FakeBroker();
        FakeQueue queue = Bind(broker);
        using Talk first = Talk.Open(broker, expiry: 60);
        first.Publish("a", "1", MqttQoS.ExactlyOnce, 7);
        first.Drop();

        using Talk second = Talk.Open(broker, clean: false, expiry: 60);
        second.Publish("a", "1", MqttQoS.ExactlyOnce, 7, dup: true);
        second.ExpectAck(MqttPacketType.PubRec, 7);
        Assert.Single(queue.Ready);
        second.Send(new MqttAck(MqttPacketType.PubRel, 7));
        second.ExpectAck(MqttPacketType.PubComp, 7);
        Assert.Empty(broker.Sessions["c"].Inbound);
    }

    [Fact]
    public void A_refused_QoS_2_message_frees_its_id()
    {
        using Talk talk = Talk.Open(expiry: 60);
        talk.Link.PublishReply = Reply.Full;
        talk.Publish("a", "1", MqttQoS.ExactlyOnce, 7);
        talk.ExpectAck(MqttPacketType.PubRec, 7, MqttReason.QuotaExceeded);
        Assert.Empty(talk.Broker.Sessions["c"].Inbound);
        talk.Link.PublishReply = Reply.Ok;
        talk.Publish("a", "2", MqttQoS.ExactlyOnce, 7);
        talk.ExpectAck(MqttPacketType.PubRec, 7);
    }

    [Fact]
    public void A_topic_alias_stands_for_its_topic()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a", "1", properties: new MqttMessageProperties { TopicAlias = 3 });
        talk.Publish("", "2", properties: new MqttMessageProperties { TopicAlias = 3 });
        talk.Publish("b", "3", properties: new MqttMessageProperties { TopicAlias = 3 });
        talk.Publish("", "4", properties: new MqttMessageProperties { TopicAlias = 3 });
        Assert.Equal(["a", "a", "b", "b"], talk.Link.Published.Select(sent => sent.Publication.RoutingKey));
    }

    [Theory]
    [InlineData((ushort)65, "a", MqttReason.TopicAliasInvalid)]
    [InlineData((ushort)3, "", MqttReason.ProtocolError)]
    public void A_topic_alias_that_is_too_large_or_stands_for_nothing_ends_the_connection(
        ushort alias, string topic, MqttReason reason)
    {
        using Talk talk = Talk.Open();
        talk.Publish(topic, "1", properties: new MqttMessageProperties { TopicAlias = alias });
        talk.ExpectEnd(reason);
    }

    [Fact]
    public void A_topic_that_is_refused_gets_no_alias()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a/+", "1", MqttQoS.AtLeastOnce, 1, properties: new MqttMessageProperties { TopicAlias = 3 });
        talk.ExpectAck(MqttPacketType.PubAck, 1, MqttReason.TopicNameInvalid);
        talk.Publish("", "2", MqttQoS.AtLeastOnce, 2, properties: new MqttMessageProperties { TopicAlias = 3 });
        talk.ExpectEnd(MqttReason.ProtocolError);
    }

    [Fact]
    public void A_subscription_identifier_is_none_of_a_clients_business()
    {
        using Talk talk = Talk.Open();
        talk.Publish("a", "1", properties: new MqttMessageProperties { SubscriptionIdentifiers = [1] });
        talk.ExpectEnd(MqttReason.ProtocolError);
    }

    private static FakeQueue Bind(FakeBroker broker)
    {
        FakeQueue queue = broker.AddQueue(new QueueDeclaration("q", true, false, false, new QueueSettings(), default));
        broker.Bindings.Add(new BindingInfo(broker.Space.Id, queue.Info.Id, null, "#", null, default));
        return queue;
    }
}
