using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>Messages to clients (MQTT 5.0 §3.3.4, §4.3, §4.6).</summary>
public sealed class DeliverTests
{
    private readonly FakeBroker _broker = new();

    public static TheoryData<uint, MqttQoS, MqttQoS> Grants
    {
        get
        {
            var data = new TheoryData<uint, MqttQoS, MqttQoS>();
            foreach (uint expiry in new[] { 0u, 60u })
                foreach (MqttQoS published in Enum.GetValues<MqttQoS>())
                    foreach (MqttQoS granted in Enum.GetValues<MqttQoS>())
                        data.Add(expiry, published, granted);
            return data;
        }
    }

    [Theory, MemberData(nameof(Grants))]
    public void A_message_comes_once_with_the_lesser_of_published_and_granted(
        uint expiry, MqttQoS published, MqttQoS granted)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a/+", granted);
        using Talk other = Publisher();
        other.Publish("a/b", "x", published, published == 0 ? (ushort)0 : (ushort)1);

        MqttQoS expected = published < granted ? published : granted;
        MqttPublish got = talk.ExpectPublish("a/b", "x", expected);
        Assert.False(got.Dup || got.Retain);
        Handshake(talk, got);
        talk.ExpectNothing();
        Assert.All(_broker.Queues.Values, queue => Assert.Empty(queue.Held));
    }

    [Fact]
    public void QoS_0_and_clean_sessions_need_no_queue()
    {
        using Talk clean = Talk.Open(_broker);
        clean.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk kept = Talk.Open(_broker, clientId: "kept", expiry: 60);
        kept.Subscribe("a", MqttQoS.AtMostOnce);
        Assert.Empty(_broker.Queues);
        Assert.Empty(_broker.Bindings);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void Overlapping_subscriptions_give_one_copy_with_the_highest_QoS_and_all_identifiers(uint expiry)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a/#", MqttQoS.AtMostOnce, identifier: 5);
        talk.Subscribe("a/+", MqttQoS.ExactlyOnce, identifier: 6);
        talk.Subscribe("+/b", MqttQoS.AtLeastOnce);
        talk.Subscribe("c", MqttQoS.AtLeastOnce, identifier: 7);
        using Talk other = Publisher();
        other.Publish("a/b", "x", MqttQoS.ExactlyOnce, 1);
        MqttPublish got = talk.ExpectPublish("a/b", "x", MqttQoS.ExactlyOnce);
        Assert.Equal([5, 6], got.Properties.SubscriptionIdentifiers.Order());
        Handshake(talk, got);
        other.Publish("a/b", "y");
        Assert.Equal([5, 6], talk.ExpectPublish("a/b", "y", 0).Properties.SubscriptionIdentifiers.Order());
        talk.ExpectNothing();
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void A_client_that_wants_nothing_of_its_own_gets_nothing_of_its_own(uint expiry)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a", MqttQoS.AtLeastOnce, noLocal: true);
        talk.Publish("a", "mine");
        talk.Publish("a", "mine", MqttQoS.AtLeastOnce, 1);
        talk.ExpectAck(MqttPacketType.PubAck, 1);
        talk.ExpectNothing();
        using Talk other = Publisher();
        other.Publish("a", "theirs", MqttQoS.AtLeastOnce, 1);
        talk.ExpectPublish("a", "theirs", MqttQoS.AtLeastOnce);
    }

    [Fact]
    public void The_retain_flag_stays_only_where_it_is_asked_for()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("a", 0);
        talk.Subscribe("b", 0, retainAsPublished: true);
        using Talk other = Publisher();
        other.Publish("a", "x", retain: true);
        other.Publish("b", "y", retain: true);
        other.Publish("b", "z");
        Assert.False(talk.ExpectPublish("a", "x").Retain);
        Assert.True(talk.ExpectPublish("b", "y").Retain);
        Assert.False(talk.ExpectPublish("b", "z").Retain);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void No_more_are_under_way_than_the_client_allows(uint expiry)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry, properties: new MqttProperties { ReceiveMaximum = 2 });
        talk.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk other = Publisher();
        for (ushort i = 1; i <= 4; i++)
            other.Publish("a", $"{i}", MqttQoS.AtLeastOnce, i);
        MqttPublish first = talk.ExpectPublish("a", "1");
        MqttPublish second = talk.ExpectPublish("a", "2");
        talk.ExpectNothing();
        // QoS 0 has no part in it.
        other.Publish("a", "light");
        talk.ExpectPublish("a", "light");
        Handshake(talk, second);
        MqttPublish third = talk.ExpectPublish("a", "3");
        talk.ExpectNothing();
        Handshake(talk, first);
        talk.ExpectPublish("a", "4");
        Assert.NotEqual(first.PacketId, third.PacketId);
    }

    [Fact]
    public void Message_expiry_counts_down_while_a_message_waits_and_ends_it()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("a", 0);
        using Talk other = Publisher();
        talk.HasRoom = false;
        other.Publish("a", "short", properties: new MqttMessageProperties { ExpirySeconds = 5 });
        other.Publish("a", "long", properties: new MqttMessageProperties { ExpirySeconds = 60 });
        talk.ExpectNothing();
        _broker.NowMs += 5_001;
        talk.HasRoom = true;
        Assert.Equal(55u, talk.ExpectPublish("a", "long").Properties.ExpirySeconds);
        talk.ExpectNothing();
    }

    [Fact]
    public void What_the_client_does_not_take_is_dropped_and_settled()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60, properties: new MqttProperties { MaximumPacketBytes = 30 });
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        using Talk other = Publisher();
        other.Publish("a", new string('x', 40), MqttQoS.AtLeastOnce, 1);
        other.Publish("a", "small", MqttQoS.AtLeastOnce, 2);
        talk.ExpectPublish("a", "small");
        Assert.Single(_broker.Queues.Values.Single().Held);
        Assert.Equal(1, talk.Node.Figures.PublishesDropped);
    }

    [Fact]
    public void QoS_0_for_a_slow_client_is_dropped_beyond_its_buffer()
    {
        using Talk talk = Talk.Open(_broker, options: new MqttOptions { MaxQueuedQoS0Bytes = 1_000, Presence = false });
        talk.Subscribe("a", 0);
        using Talk other = Publisher();
        talk.HasRoom = false;
        for (int i = 0; i < 10; i++)
            other.Publish("a", new string('x', 200));
        talk.Turn();
        Assert.InRange(talk.Node.Figures.PublishesDropped, 5, 9);
        talk.HasRoom = true;
        talk.Turn();
        Assert.Equal(10, talk.Sent.Count + talk.Node.Figures.PublishesDropped);
    }

    [Fact]
    public void Aliases_save_repeated_topics_for_a_client_that_takes_them()
    {
        using Talk talk = Talk.Open(_broker, properties: new MqttProperties { TopicAliasMaximum = 1 });
        talk.Subscribe("#", 0);
        using Talk other = Publisher();
        other.Publish("a", "1");
        other.Publish("a", "2");
        other.Publish("b", "3");
        Assert.Equal((ushort)1, talk.ExpectPublish("a", "1").Properties.TopicAlias);
        Assert.Equal((ushort)1, talk.ExpectPublish("", "2").Properties.TopicAlias);
        Assert.Null(talk.ExpectPublish("b", "3").Properties.TopicAlias);
    }

    [Fact]
    public void Properties_are_forwarded_as_they_came_to_5_and_left_out_before()
    {
        using Talk five = Talk.Open(_broker);
        five.Subscribe("a", 0);
        using Talk old = Talk.Open(_broker, MqttVersion.V311, "old");
        old.Subscribe("a", 0);
        using Talk other = Publisher();
        byte[] properties = Packets.Hex("26 0001 6B 0001 76 03 0001 74 26 0001 6B 0001 77");
        other.Publish("a", "x", properties: new MqttMessageProperties { Forwarded = properties });
        Assert.Equal(properties, five.ExpectPublish("a", "x").Properties.Forwarded.ToArray());
        old.ExpectPublish("a", "x");
    }

    [Fact]
    public void A_packet_id_of_the_sessions_queue_follows_from_the_number_in_the_queue()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        _broker.Queues.Values.Single().LastSequence = (3 * 49_151) + 9;
        using Talk other = Publisher();
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        Assert.Equal(11, talk.ExpectPublish("a", "x").PacketId);
    }

    [Fact]
    public void A_message_of_another_protocol_is_QoS_1_if_it_is_persistent()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("a/#", MqttQoS.ExactlyOnce);
        using Talk other = Publisher();
        other.Link.Publish(Foreign("a.b", persistent: true), 0);
        other.Link.Publish(Foreign("a.c", persistent: false), 0);
        // A key that is no topic cannot be delivered.
        other.Link.Publish(Foreign("a.+", persistent: false), 0);
        talk.ExpectPublish("a/c", "body", MqttQoS.AtMostOnce);
        talk.ExpectPublish("a/b", "body", MqttQoS.AtLeastOnce);
        talk.ExpectNothing();
    }

    [Fact]
    public void An_acknowledgement_of_nothing_is_ignored_and_a_PUBREC_of_nothing_is_told()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Send(new MqttAck(MqttPacketType.PubAck, 5));
        talk.Send(new MqttAck(MqttPacketType.PubComp, 5));
        talk.ExpectNothing();
        talk.Send(new MqttAck(MqttPacketType.PubRec, 5));
        talk.ExpectAck(MqttPacketType.PubRel, 5, MqttReason.PacketIdNotFound);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void A_PUBREC_with_an_error_ends_the_exchange(uint expiry)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk other = Publisher();
        other.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        MqttPublish got = talk.ExpectPublish("a", "x");
        talk.Send(new MqttAck(MqttPacketType.PubRec, got.PacketId, MqttReason.QuotaExceeded));
        talk.ExpectNothing();
        Assert.All(_broker.Queues.Values, queue => Assert.Empty(queue.Held));
    }

    [Fact]
    public void A_filter_of_the_core_that_matches_too_much_costs_nothing_but_itself()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        talk.Subscribe("a/*", MqttQoS.AtLeastOnce);
        using Talk other = Publisher();
        other.Publish("a/b", "not for it", MqttQoS.AtLeastOnce, 1);
        other.Publish("a/*", "for it", MqttQoS.AtLeastOnce, 2);
        talk.ExpectPublish("a/*", "for it");
        talk.ExpectNothing();
        Assert.Single(_broker.Queues.Values.Single().Held);
    }

    [Fact]
    public void A_session_queue_that_is_deleted_ends_the_connection()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        talk.Cancelled(1);
        talk.ExpectEnd(MqttReason.AdministrativeAction);
    }

    private Talk Publisher() => Talk.Open(_broker, clientId: "publisher");

    private Publication Foreign(string key, bool persistent) => new()
    {
        Topic = _broker.Space,
        RoutingKey = key,
        Format = PropertyFormat.None,
        Properties = default,
        Body = new System.Buffers.ReadOnlySequence<byte>("body"u8.ToArray()),
        Persistent = persistent,
    };

    private static void Handshake(Talk talk, in MqttPublish got)
    {
        if (got.QoS == MqttQoS.AtLeastOnce)
            talk.Send(new MqttAck(MqttPacketType.PubAck, got.PacketId));
        if (got.QoS != MqttQoS.ExactlyOnce)
            return;
        talk.Send(new MqttAck(MqttPacketType.PubRec, got.PacketId));
        talk.ExpectAck(MqttPacketType.PubRel, got.PacketId);
        talk.Send(new MqttAck(MqttPacketType.PubComp, got.PacketId));
    }
}
