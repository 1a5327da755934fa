using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>Sessions that outlive their connection (MQTT 5.0 §4.1, §4.4).</summary>
public sealed class SessionTests
{
    private readonly FakeBroker _broker = new();

    [Theory]
    [InlineData(MqttVersion.V31)]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void What_was_published_meanwhile_is_there_when_the_client_comes_back(MqttVersion version)
    {
        Talk away = Persistent(version);
        away.Subscribe("a/+", MqttQoS.AtLeastOnce);
        away.Subscribe("light", MqttQoS.AtMostOnce);
        away.Drop();
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a/b", "kept", MqttQoS.ExactlyOnce, 1);
        other.Publish("a/b", "not kept");
        other.Publish("light", "not kept", MqttQoS.AtLeastOnce, 2);

        using Talk back = Persistent(version, clean: false, isPresent: version != MqttVersion.V31);
        back.ExpectPublish("a/b", "kept", MqttQoS.AtLeastOnce);
        back.ExpectNothing();
        other.Publish("light", "now", MqttQoS.AtLeastOnce, 3);
        back.ExpectPublish("light", "now", MqttQoS.AtMostOnce);
        other.Publish("a/c", "now, too");
        back.ExpectPublish("a/c", "now, too", MqttQoS.AtMostOnce);
        away.Dispose();
    }

    [Fact]
    public void What_was_not_acknowledged_comes_again_with_the_same_id_and_first()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.AtLeastOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        other.Publish("a", "2", MqttQoS.AtLeastOnce, 2);
        MqttPublish first = away.ExpectPublish("a", "1");
        MqttPublish second = away.ExpectPublish("a", "2");
        away.Send(new MqttAck(MqttPacketType.PubAck, first.PacketId));
        away.Drop();
        other.Publish("a", "3", MqttQoS.AtLeastOnce, 3);

        using Talk back = Persistent(clean: false, isPresent: true);
        MqttPublish again = back.ExpectPublish("a", "2");
        Assert.Equal((second.PacketId, true), (again.PacketId, again.Dup));
        Assert.False(back.ExpectPublish("a", "3").Dup);
        away.Dispose();
    }

    [Fact]
    public void A_release_is_durable_before_PUBREL_and_repeated_on_the_next_connection()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        MqttPublish got = away.ExpectPublish("a", "x");
        var gate = new TaskCompletionSource();
        away.Link.Gate = gate;
        away.Send(new MqttAck(MqttPacketType.PubRec, got.PacketId));
        away.ExpectNothing();
        away.Link.Gate = null;
        gate.SetResult();
        away.ExpectAck(MqttPacketType.PubRel, got.PacketId);
        Assert.Equal([0L], _broker.Sessions["c"].Released);
        away.Drop();

        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectAck(MqttPacketType.PubRel, got.PacketId);
        back.ExpectNothing();
        back.Send(new MqttAck(MqttPacketType.PubComp, got.PacketId));
        Assert.Empty(_broker.Sessions["c"].Released);
        away.Dispose();
    }

    [Fact]
    public void A_released_message_whose_settlement_was_lost_is_not_delivered_again()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.ExactlyOnce);
        away.Drop();
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        _broker.Sessions["c"].Released.Add(0);

        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectAck(MqttPacketType.PubRel, 1);
        back.ExpectNothing();
        Assert.Equal([0L], back.Link.SettledForGood.Single().Sequences);
        away.Dispose();
    }

    [Fact]
    public void A_session_is_taken_up_before_the_nodes_know_its_filters_and_changed_after()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.AtLeastOnce);
        away.Subscribe("light", MqttQoS.AtMostOnce);
        away.Subscribe("$share/g/s", MqttQoS.AtLeastOnce);
        away.Drop();
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.AtLeastOnce, 1);
        other.Publish("s", "2", MqttQoS.AtLeastOnce, 2);

        _broker.FilterGate = new TaskCompletionSource();
        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectPublish("a", "1");
        back.ExpectPublish("s", "2");
        other.Publish("light", "3");
        back.ExpectPublish("light", "3");
        back.Send(new MqttUnsubscribe(9, ["light"], MqttProperties.None));
        back.ExpectNothing();
        Assert.Contains(_broker.Filters, filter => filter.Pattern == "light");
        _broker.FilterGate.SetResult();
        Assert.Equal([MqttReason.Success], back.Expect<MqttUnsubAck>().Reasons);
        Assert.DoesNotContain(_broker.Filters, filter => filter.Pattern == "light");
        away.Dispose();
    }

    [Fact]
    public void A_filter_that_the_core_does_not_take_up_in_the_end_ends_the_connection()
    {
        Talk away = Persistent();
        away.Subscribe("light", MqttQoS.AtMostOnce);
        away.Drop();
        _broker.FilterGate = new TaskCompletionSource();
        _broker.FilterReply = Reply.TimedOut;
        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectNothing();
        _broker.FilterGate.SetResult();
        back.ExpectEnd(MqttReason.ServerUnavailable);
        away.Dispose();
    }

    [Fact]
    public void A_shared_subscription_that_fails_takes_no_messages()
    {
        using Talk talk = Persistent();
        _broker.FilterReply = Reply.LimitReached;
        talk.Send(new MqttSubscribe(1, [new MqttFilter("$share/g/s", MqttQoS.AtLeastOnce)], MqttProperties.None));
        Assert.Equal([MqttReason.QuotaExceeded], talk.Expect<MqttSubAck>().Reasons);
        Assert.Empty(talk.Link.Attached);
    }

    [Fact]
    public void A_sessions_own_queue_is_consumed_as_its_owner_and_a_shared_one_in_competition()
    {
        using Talk talk = Persistent();
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        talk.Subscribe("$share/g/s", MqttQoS.AtLeastOnce);
        Assert.Equal([talk.Link.Key.Number, 0], talk.Link.Attached.OrderBy(one => one.Key).Select(one => one.Value.Epoch));
    }

    [Fact]
    public void Another_user_does_not_get_a_session_and_leaves_it_and_its_connection_as_they_were()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.AtLeastOnce);
        foreach (bool isThere in (bool[])[true, false])
        {
            if (!isThere)
                away.Drop();
            SessionEnd? end = _broker.Sessions["c"].End;
            foreach (MqttVersion version in new[] { MqttVersion.V31, MqttVersion.V311, MqttVersion.V5 })
            {
                foreach (bool clean in (bool[])[true, false])
                {
                    using var stranger = new Talk(_broker, version: version);
                    stranger.Send(Talk.Connect(version, "c", clean, expiry: 30, user: "device", password: "device"));
                    MqttConnAck answer = stranger.Expect<MqttConnAck>();
                    Assert.Equal((MqttReason.NotAuthorized, false), (answer.Reason, answer.SessionPresent));
                    stranger.ExpectNothing();
                }
            }
            Assert.Equal(end, _broker.Sessions["c"].End);
            Assert.Equal(isThere, _broker.Sessions["c"].Owner is not null);
            Assert.Empty(away.Ends);
        }
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);

        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectPublish("a", "x");
        away.Dispose();
    }

    [Fact]
    public void What_the_user_may_no_longer_read_is_taken_off_the_session()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.AtLeastOnce);
        away.Subscribe("$SYS/#", MqttQoS.AtMostOnce);
        away.Drop();
        _broker.Users["guest"].TagList.Clear();
        Talk first = Persistent(clean: false, isPresent: true);
        Assert.Equal(["a"], _broker.Sessions["c"].Subscriptions.Keys);
        first.Drop();

        _broker.Users["guest"].Denied.Add((Access.Read, "amq.topic"));
        using Talk second = Persistent(clean: false, isPresent: true);
        Assert.Empty(_broker.Sessions["c"].Subscriptions);
        Assert.Empty(_broker.Bindings);
        Assert.Empty(_broker.Filters);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        second.ExpectNothing();
        away.Dispose();
        first.Dispose();
    }

    [Fact]
    public void A_session_is_closed_as_the_client_asked_also_when_its_queue_cannot_be_changed()
    {
        using Talk talk = Persistent();
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        _broker.ChangeReply = Reply.TimedOut;
        talk.Send(new MqttDisconnect(0, new MqttProperties { SessionExpirySeconds = 5 }));
        Assert.Equal(new SessionEnd(false, 5_000), _broker.Sessions["c"].End);
    }

    [Fact]
    public void PUBREL_keeps_the_order_of_PUBREC_whichever_record_is_durable_first()
    {
        using Talk talk = Persistent();
        talk.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "1", MqttQoS.ExactlyOnce, 1);
        other.Publish("a", "2", MqttQoS.ExactlyOnce, 2);
        ushort first = talk.ExpectPublish("a", "1").PacketId;
        ushort second = talk.ExpectPublish("a", "2").PacketId;
        TaskCompletionSource[] gates = [new(), new()];
        talk.Link.Gate = gates[0];
        talk.Send(new MqttAck(MqttPacketType.PubRec, first));
        talk.Link.Gate = gates[1];
        talk.Send(new MqttAck(MqttPacketType.PubRec, second));
        talk.Link.Gate = null;

        gates[1].SetResult();
        talk.ExpectNothing();
        gates[0].SetResult();
        talk.ExpectAck(MqttPacketType.PubRel, first);
        talk.ExpectAck(MqttPacketType.PubRel, second);
    }

    [Fact]
    public void The_record_of_a_release_stays_until_its_message_has_left_the_queue_for_good()
    {
        using Talk talk = Persistent();
        talk.Subscribe("a", MqttQoS.ExactlyOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.ExactlyOnce, 1);
        ushort id = talk.ExpectPublish("a", "x").PacketId;
        talk.Send(new MqttAck(MqttPacketType.PubRec, id));
        talk.ExpectAck(MqttPacketType.PubRel, id);
        var gate = new TaskCompletionSource();
        talk.Link.Gate = gate;
        talk.Send(new MqttAck(MqttPacketType.PubComp, id));
        talk.ExpectNothing();
        Assert.Equal([0L], _broker.Sessions["c"].Released);
        talk.Link.Gate = null;
        gate.SetResult();
        talk.ExpectNothing();
        Assert.Empty(_broker.Sessions["c"].Released);
    }

    [Fact]
    public void A_clean_start_drops_what_there_was()
    {
        Talk away = Persistent();
        away.Subscribe("a", MqttQoS.AtLeastOnce);
        away.Drop();
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        using Talk back = Persistent(clean: true);
        back.ExpectNothing();
        Assert.Empty(_broker.Queues);
        Assert.Empty(_broker.Bindings);
        away.Dispose();
    }

    [Fact]
    public void A_session_whose_queue_is_gone_gets_a_new_one_with_its_bindings()
    {
        Talk away = Persistent();
        away.Subscribe("a/+", MqttQoS.AtLeastOnce);
        away.Drop();
        _broker.Queues.Clear();
        _broker.Bindings.Clear();
        _broker.Sessions["c"].Released.Add(0);
        using Talk back = Persistent(clean: false, isPresent: true);
        back.ExpectAck(MqttPacketType.PubRel, 1);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a/b", "x", MqttQoS.AtLeastOnce, 1);
        // Number 0 of the new queue is not the number 0 that was released; only its packet id waits for the release.
        back.ExpectNothing();
        back.Send(new MqttAck(MqttPacketType.PubComp, 1));
        back.ExpectPublish("a/b", "x");
        away.Dispose();
    }

    [Fact]
    public void The_queue_lives_a_minute_longer_than_its_session_and_follows_its_expiry()
    {
        using Talk talk = Persistent();
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        FakeQueue queue = _broker.Queues["mqtt-subscription-cqos1"];
        Assert.Equal((120_000L, true), (queue.Settings.IdleExpiryMs, queue.Settings.PersistentOnly));
        talk.Send(new MqttDisconnect(0, new MqttProperties { SessionExpirySeconds = 5 }));
        Assert.Equal(65_000, queue.Settings.IdleExpiryMs);

        using Talk back = Persistent(clean: false, isPresent: true);
        Assert.Equal(120_000, queue.Settings.IdleExpiryMs);
        back.Send(new MqttDisconnect(0, new MqttProperties { SessionExpirySeconds = 0 }));
        Assert.Empty(_broker.Queues);
        Assert.Equal(new SessionEnd(false, 0), _broker.Sessions["c"].End);
    }

    [Fact]
    public void A_very_long_client_id_has_a_queue_all_the_same()
    {
        string name = new('x', 1_000);
        using Talk talk = Talk.Open(_broker, clientId: name, expiry: 60);
        talk.Subscribe("a", MqttQoS.AtLeastOnce);
        Assert.InRange(_broker.Queues.Keys.Single().Length, 1, 255);
    }

    [Fact]
    public void A_queue_that_somebody_else_made_under_that_name_is_not_touched()
    {
        _broker.AddQueue(new QueueDeclaration("mqtt-subscription-cqos1", true, false, false, new QueueSettings(), default));
        using Talk talk = Persistent();
        talk.Send(new MqttSubscribe(1, [new MqttFilter("a", MqttQoS.AtLeastOnce)], MqttProperties.None));
        Assert.Equal([MqttReason.NotAuthorized], talk.Expect<MqttSubAck>().Reasons);
        Assert.Single(_broker.Queues);
        Assert.Empty(_broker.Bindings);
    }

    [Fact]
    public void An_old_connection_returns_what_it_holds_when_it_is_taken_over()
    {
        using Talk first = Persistent();
        first.Subscribe("a", MqttQoS.AtLeastOnce);
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        other.Publish("a", "x", MqttQoS.AtLeastOnce, 1);
        MqttPublish got = first.ExpectPublish("a", "x");
        using var second = new Talk(_broker);
        second.Send(Talk.Connect(MqttVersion.V5, "c", clean: false, expiry: 60));
        Assert.True(second.Expect<MqttConnAck>().SessionPresent);
        first.ExpectEnd(MqttReason.SessionTakenOver);
        other.Publish("a", "wakes the fake", MqttQoS.AtLeastOnce, 2);
        Assert.Equal(got.PacketId, second.ExpectPublish("a", "x").PacketId);
    }

    private Talk Persistent(MqttVersion version = MqttVersion.V5, bool? clean = null, bool isPresent = false)
    {
        var talk = new Talk(_broker, version: version);
        bool isClean = clean ?? version == MqttVersion.V5;
        talk.Send(Talk.Connect(version, "c", isClean, expiry: 60));
        MqttConnAck answer = talk.Expect<MqttConnAck>();
        Assert.Equal((MqttReason.Success, isPresent), (answer.Reason, answer.SessionPresent));
        return talk;
    }
}
