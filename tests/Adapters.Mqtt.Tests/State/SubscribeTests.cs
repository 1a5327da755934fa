using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>SUBSCRIBE, UNSUBSCRIBE, retained messages, shared subscriptions (MQTT 5.0 §3.8, §3.10, §4.8).</summary>
public sealed class SubscribeTests
{
    private readonly FakeBroker _broker = new();

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void Every_filter_has_its_own_answer_in_its_place(MqttVersion version)
    {
        using Talk talk = Talk.Open(_broker, version);
        talk.Send(new MqttSubscribe(5, [new MqttFilter("a", MqttQoS.AtLeastOnce), new MqttFilter("a/#/b", 0),
            new MqttFilter("b", MqttQoS.ExactlyOnce), new MqttFilter("$share/g", 0)], MqttProperties.None));
        MqttSubAck answer = talk.Expect<MqttSubAck>();
        MqttReason bad = version == MqttVersion.V5 ? MqttReason.TopicFilterInvalid : MqttReason.Unspecified;
        Assert.Equal([MqttReason.GrantedQoS1, bad, MqttReason.GrantedQoS2, bad], answer.Reasons);
        Assert.Equal(5, answer.PacketId);
    }

    [Fact]
    public void Who_may_not_read_is_refused()
    {
        _broker.Users["guest"].Denied.Add((Access.Read, "amq.topic"));
        using Talk talk = Talk.Open(_broker);
        talk.Send(new MqttSubscribe(5, [new MqttFilter("a", 0)], MqttProperties.None));
        Assert.Equal([MqttReason.NotAuthorized], talk.Expect<MqttSubAck>().Reasons);
        Assert.Empty(_broker.Filters);
    }

    [Theory]
    [InlineData("$SYS/#")]
    [InlineData("$events/#")]
    [InlineData("$share/g/$SYS/#")]
    public void The_nodes_own_topics_are_for_administrators(string filter)
    {
        using var talk = new Talk(_broker);
        talk.Send(Talk.Connect(MqttVersion.V5, "c", user: "device", password: "device"));
        talk.Expect<MqttConnAck>();
        talk.Send(new MqttSubscribe(5, [new MqttFilter(filter, 0)], MqttProperties.None));
        Assert.Equal([MqttReason.NotAuthorized], talk.Expect<MqttSubAck>().Reasons);
    }

    [Fact]
    public void Too_many_filters_are_refused()
    {
        using Talk talk = Talk.Open(_broker, options: new MqttOptions { MaxSubscriptions = 1, Presence = false });
        talk.Subscribe("a", 0);
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        talk.Send(new MqttSubscribe(5, [new MqttFilter("b", 0)], MqttProperties.None));
        Assert.Equal([MqttReason.QuotaExceeded], talk.Expect<MqttSubAck>().Reasons);
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(60u)]
    public void Nothing_comes_after_UNSUBACK(uint expiry)
    {
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a/+", MqttQoS.AtLeastOnce);
        talk.Subscribe("a/*", MqttQoS.AtLeastOnce);
        talk.Send(new MqttUnsubscribe(6, ["a/+", "b"], MqttProperties.None));
        Assert.Equal([MqttReason.Success, MqttReason.NoSubscriptionExisted], talk.Expect<MqttUnsubAck>().Reasons);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a/b", "x", MqttQoS.AtLeastOnce, 1);
        other.Publish("a/b", "y");
        // The core knows both filters by one pattern, so the other one must still work.
        other.Publish("a/*", "z", MqttQoS.AtLeastOnce, 2);
        talk.ExpectPublish("a/*", "z");
        talk.ExpectNothing();
        talk.Send(new MqttUnsubscribe(7, ["a/*"], MqttProperties.None));
        talk.Expect<MqttUnsubAck>();
        Assert.Empty(_broker.Filters);
        Assert.Empty(_broker.Bindings);
        Assert.Empty(_broker.Sessions["c"].Subscriptions);
    }

    [Fact]
    public void The_same_filter_again_replaces_what_it_was()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        talk.Subscribe("a", MqttQoS.AtLeastOnce, identifier: 1);
        Assert.Single(_broker.Bindings);
        talk.Subscribe("a", MqttQoS.AtMostOnce, identifier: 2);
        Assert.Empty(_broker.Bindings);
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        Assert.Equal([2], talk.ExpectPublish("a", "x", 0).Properties.SubscriptionIdentifiers);
        talk.Subscribe("a", MqttQoS.ExactlyOnce);
        other.Publish("a", "y", MqttQoS.ExactlyOnce, 2);
        Assert.Empty(talk.ExpectPublish("a", "y", MqttQoS.ExactlyOnce).Properties.SubscriptionIdentifiers);
        talk.ExpectNothing();
    }

    [Fact]
    public void Nothing_is_lost_while_a_filter_goes_from_QoS_0_to_1()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        talk.Subscribe("a", MqttQoS.AtMostOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        var gate = new TaskCompletionSource();
        talk.Link.Gate = gate;
        talk.Send(new MqttSubscribe(6, [new MqttFilter("a", MqttQoS.AtLeastOnce)], MqttProperties.None));
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        talk.ExpectPublish("a", "x", MqttQoS.AtMostOnce);
        talk.Link.Gate = null;
        gate.SetResult();
        Assert.Equal([MqttReason.GrantedQoS1], talk.Expect<MqttSubAck>().Reasons);
        other.Publish("a", "y", MqttQoS.AtLeastOnce, 2);
        talk.ExpectPublish("a", "y", MqttQoS.AtLeastOnce);
        talk.ExpectNothing();
    }

    [Fact]
    public void Of_many_filters_that_the_core_knows_by_one_pattern_the_last_one_ends_it()
    {
        using Talk talk = Talk.Open(_broker, expiry: 60);
        for (int i = 0; i < 20; i++)
            talk.Subscribe($"f/{i}", MqttQoS.AtLeastOnce);
        talk.Subscribe("a/+", MqttQoS.AtLeastOnce);
        talk.Subscribe("a/*", MqttQoS.AtLeastOnce);
        talk.Subscribe("a/*", MqttQoS.AtMostOnce);
        Assert.Contains(_broker.Bindings, binding => binding.Key == "a.*");
        talk.Send(new MqttUnsubscribe(1, ["a/+"], MqttProperties.None));
        talk.Expect<MqttUnsubAck>();
        Assert.DoesNotContain(_broker.Bindings, binding => binding.Key == "a.*");
        Assert.Contains(_broker.Filters, filter => filter.Pattern == "a.*");
        talk.Send(new MqttUnsubscribe(1, ["a/*"], MqttProperties.None));
        talk.Expect<MqttUnsubAck>();
        Assert.DoesNotContain(_broker.Filters, filter => filter.Pattern == "a.*");
        Assert.Equal(20, _broker.Bindings.Count);
    }

    [Theory]
    [InlineData(Access.Configure)]
    [InlineData(Access.Read)]
    public void A_shared_subscription_asks_for_permission_on_its_queue(Access access)
    {
        _broker.Users["guest"].Denied.Add((access, "mqtt-shared-g/a"));
        using Talk talk = Talk.Open(_broker);
        talk.Send(new MqttSubscribe(5, [new MqttFilter("$share/g/a", 0)], MqttProperties.None));
        Assert.Equal([MqttReason.NotAuthorized], talk.Expect<MqttSubAck>().Reasons);
        Assert.Empty(_broker.Queues);
    }

    [Fact]
    public void A_filter_with_a_wildcard_in_front_sees_nothing_of_the_nodes_topics()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("#", 0);
        talk.Subscribe("+/clients", 0);
        using Talk other = Talk.Open(_broker, clientId: "publisher", options: new MqttOptions { Presence = true });
        talk.ExpectNothing();
    }

    [Theory]
    [InlineData(0u, MqttQoS.ExactlyOnce)]
    [InlineData(60u, MqttQoS.ExactlyOnce)]
    [InlineData(60u, MqttQoS.AtMostOnce)]
    public void Retained_messages_come_behind_SUBACK_with_the_flag(uint expiry, MqttQoS granted)
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a/b", "kept", MqttQoS.AtLeastOnce, 1, retain: true);
        other.Publish("a/c", "kept", 0, retain: true);
        other.Publish("a/d", "gone", 0, retain: true);
        other.Publish("a/d", "", 0, retain: true);
        using Talk talk = Talk.Open(_broker, expiry: expiry);
        talk.Subscribe("a/+", granted, identifier: 9);
        talk.Turn();
        List<MqttPublish> got = [.. talk.Sent.Select(frame => MqttPublish.Read(frame, MqttVersion.V5))];
        Assert.Equal(["a/b", "a/c"], got.Select(publish => publish.Topic).Order());
        Assert.All(got, publish => Assert.True(publish.Retain));
        Assert.All(got, publish => Assert.Equal([9], publish.Properties.SubscriptionIdentifiers));
        MqttQoS expected = granted == 0 ? MqttQoS.AtMostOnce : MqttQoS.AtLeastOnce;
        Assert.Equal(expected, got.Single(publish => publish.Topic == "a/b").QoS);
        // A session that outlives its connection gets them by its queue, so that they do, too.
        Assert.Equal(expiry > 0 && granted > 0 ? 1 : 0, _broker.Queues.Values.Sum(queue => queue.Held.Count));
    }

    [Fact]
    public void Retain_handling_says_when_they_come()
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "kept", 0, retain: true);
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("a", 0, retain: MqttRetainHandling.DoNotSend);
        talk.ExpectNothing();
        talk.Subscribe("a", 0, retain: MqttRetainHandling.SendIfNew);
        talk.ExpectNothing();
        talk.Subscribe("a", 0, retain: MqttRetainHandling.Send);
        talk.ExpectPublish("a", "kept");
        talk.Subscribe("+", 0, retain: MqttRetainHandling.SendIfNew);
        talk.ExpectPublish("a", "kept");
        talk.Subscribe("$share/g/a", 0);
        talk.ExpectNothing();
    }

    [Fact]
    public void An_expired_retained_message_does_not_come()
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "kept", 0, retain: true, properties: new MqttMessageProperties { ExpirySeconds = 10 });
        _broker.NowMs += 4_000;
        using Talk early = Talk.Open(_broker, clientId: "early");
        early.Subscribe("a", 0);
        Assert.Equal(6u, early.ExpectPublish("a", "kept").Properties.ExpirySeconds);
        _broker.NowMs += 6_000;
        using Talk late = Talk.Open(_broker, clientId: "late");
        late.Subscribe("a", 0);
        late.ExpectNothing();
    }

    [Fact]
    public void Members_of_a_shared_subscription_take_turns_at_its_queue()
    {
        using Talk one = Talk.Open(_broker, clientId: "one", properties: new MqttProperties { ReceiveMaximum = 1 });
        one.Subscribe("$share/g/a/+", MqttQoS.ExactlyOnce, identifier: 3);
        using Talk two = Talk.Open(_broker, MqttVersion.V311, "two");
        two.Subscribe("$share/g/a/+", MqttQoS.AtLeastOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a/b", "1", MqttQoS.ExactlyOnce, 1);
        other.Publish("a/b", "2", MqttQoS.ExactlyOnce, 2);
        other.Publish("a/b", "light");
        MqttPublish first = one.ExpectPublish("a/b", "light", 0);
        Assert.Equal([3], first.Properties.SubscriptionIdentifiers);
        MqttPublish got = one.ExpectPublish("a/b", "1", MqttQoS.ExactlyOnce);
        Assert.InRange(got.PacketId, 49_152, 65_535);
        two.ExpectPublish("a/b", "2", MqttQoS.AtLeastOnce);
        one.ExpectNothing();
        two.ExpectNothing();
        Assert.Equal("mqtt-shared-g/a/+", _broker.Queues.Keys.Single());
    }

    [Fact]
    public void What_a_member_held_goes_to_another_one_when_it_leaves()
    {
        Talk one = Talk.Open(_broker, clientId: "one");
        one.Subscribe("$share/g/a", MqttQoS.AtLeastOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        one.ExpectPublish("a", "1");
        one.Drop();
        using Talk two = Talk.Open(_broker, clientId: "two");
        two.Subscribe("$share/g/a", MqttQoS.AtLeastOnce);
        Assert.True(two.ExpectPublish("a", "1").Dup);
        one.Dispose();
    }

    [Fact]
    public void A_member_that_unsubscribes_gets_nothing_more()
    {
        using Talk one = Talk.Open(_broker, clientId: "one");
        one.Subscribe("$share/g/a", MqttQoS.AtLeastOnce);
        one.Send(new MqttUnsubscribe(1, ["$share/g/a"], MqttProperties.None));
        Assert.Equal([MqttReason.Success], one.Expect<MqttUnsubAck>().Reasons);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        other.Publish("a", "2");
        one.ExpectNothing();
        one.Subscribe("$share/g/a", MqttQoS.AtLeastOnce);
        one.ExpectPublish("a", "1");
    }

    [Fact]
    public void No_local_on_a_shared_subscription_ends_the_connection()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Send(new MqttSubscribe(1, [new MqttFilter("$share/g/a", 0, NoLocal: true)], MqttProperties.None));
        talk.ExpectEnd(MqttReason.ProtocolError);
    }

    [Fact]
    public void A_QoS_2_message_of_a_shared_subscription_is_released_on_the_next_connection_of_its_session()
    {
        Talk away = Talk.Open(_broker, expiry: 60);
        away.Subscribe("$share/g/a", MqttQoS.ExactlyOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.ExactlyOnce, 1);
        MqttPublish got = away.ExpectPublish("a", "1");
        away.Send(new MqttAck(MqttPacketType.PubRec, got.PacketId));
        away.ExpectAck(MqttPacketType.PubRel, got.PacketId);
        away.Drop();
        using Talk back = Talk.Open(_broker, clean: false, expiry: 60);
        back.ExpectAck(MqttPacketType.PubRel, got.PacketId);
        back.ExpectNothing();
        away.Dispose();
    }

    [Fact]
    public void Figures_of_the_node_come_at_once_and_again_when_it_is_time()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe("$SYS/broker/clients/#", 0);
        talk.Turn();
        Assert.NotEmpty(talk.Sent);
        MqttPublish connected = talk.Sent.Select(frame => MqttPublish.Read(frame, MqttVersion.V5))
            .Single(publish => publish.Topic == "$SYS/broker/clients/connected");
        Assert.True(connected.Retain);
        Assert.True(talk.Conversation.WantsFigures);
        talk.Sent.Clear();
        talk.Conversation.SendFigures();
        talk.Turn();
        Assert.All(talk.Sent, frame => Assert.False(MqttPublish.Read(frame, MqttVersion.V5).Retain));
        talk.Sent.Clear();
        talk.Send(new MqttUnsubscribe(1, ["$SYS/broker/clients/#"], MqttProperties.None));
        Assert.False(talk.Conversation.WantsFigures);
    }
}
