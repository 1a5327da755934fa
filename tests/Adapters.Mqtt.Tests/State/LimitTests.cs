using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>What one client may cost the node.</summary>
public sealed class LimitTests
{
    private readonly FakeBroker _broker = new();

    [Fact]
    public void Properties_above_the_limit_are_refused_and_large_payloads_are_not()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Publish("a", new string('x', 300_000), MqttQoS.AtLeastOnce, 1);
        talk.ExpectAck(MqttPacketType.PubAck, 1);
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 2, properties: Large(3));
        talk.ExpectAck(MqttPacketType.PubAck, 2);
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 3, properties: Large(5));
        talk.ExpectAck(MqttPacketType.PubAck, 3, MqttReason.QuotaExceeded);
        talk.Publish("a", "x", MqttQoS.ExactlyOnce, 4, properties: Large(5));
        talk.ExpectAck(MqttPacketType.PubRec, 4, MqttReason.QuotaExceeded);
        Assert.Equal(2, talk.Link.Published.Count);
        talk.Publish("a", "x", properties: Large(5));
        talk.ExpectEnd(MqttReason.QuotaExceeded);
    }

    [Fact]
    public void A_packet_that_is_no_PUBLISH_has_a_limit_of_its_own()
    {
        using Talk talk = Talk.Open(_broker);
        MqttFilter[] filters = [.. Enumerable.Range(0, 2_000).Select(i => new MqttFilter($"{i:d200}", 0))];
        var broken = Assert.Throws<MqttProtocolException>(
            () => talk.Send(new MqttSubscribe(1, filters, MqttProperties.None)));
        Assert.Equal(MqttReason.PacketTooLarge, broken.Reason);
    }

    [Fact]
    public void The_limits_of_properties_and_of_other_packets_are_options()
    {
        var options = new MqttOptions { MaxControlPacketBytes = 1_024, MaxPropertyBytes = 60_010, Presence = false };
        using Talk talk = Talk.Open(_broker, options: options);
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 1, properties: Large(1));
        talk.ExpectAck(MqttPacketType.PubAck, 1);
        talk.Publish("a", "x", MqttQoS.AtLeastOnce, 2, properties: Large(2));
        talk.ExpectAck(MqttPacketType.PubAck, 2, MqttReason.QuotaExceeded);
        talk.Subscribe(new string('a', 200), 0);
        MqttFilter[] filters = [.. Enumerable.Range(0, 6).Select(i => new MqttFilter($"{i:d200}", 0))];
        var broken = Assert.Throws<MqttProtocolException>(
            () => talk.Send(new MqttSubscribe(1, filters, MqttProperties.None)));
        Assert.Equal(MqttReason.PacketTooLarge, broken.Reason);
    }

    [Theory]
    [InlineData(MqttVersion.V311)]
    [InlineData(MqttVersion.V5)]
    public void A_client_id_has_at_most_1024_bytes(MqttVersion version)
    {
        using Talk good = Talk.Open(_broker, version, new string('ä', 512));
        using var talk = new Talk(_broker, version: version);
        talk.Send(Talk.Connect(version, new string('ä', 512) + "x"));
        Assert.Equal(MqttReason.ClientIdNotValid, talk.Expect<MqttConnAck>().Reason);
    }

    [Fact]
    public void The_name_of_a_shared_subscription_has_at_most_255_bytes()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Subscribe($"$share/{new string('g', 255)}/a", 0);
        talk.Send(new MqttSubscribe(1, [new MqttFilter($"$share/{new string('g', 256)}/a", 0)], MqttProperties.None));
        Assert.Equal([MqttReason.TopicFilterInvalid], talk.Expect<MqttSubAck>().Reasons);
    }

    [Fact]
    public void The_first_subscription_identifier_of_a_PUBLISH_ends_the_reading_of_it()
    {
        using Talk talk = Talk.Open(_broker);
        // Behind the identifier stands what is no property at all.
        talk.Feed(Packets.Hex("30 07 00 01 61 03 0B 01 FF"));
        talk.ExpectEnd(MqttReason.ProtocolError);
    }

    [Fact]
    public void Filters_beyond_the_first_1024_of_a_packet_are_refused()
    {
        using Talk talk = Talk.Open(_broker);
        talk.Send(new MqttSubscribe(1, [.. Enumerable.Repeat(new MqttFilter("a", 0), 1_025)], MqttProperties.None));
        IReadOnlyList<MqttReason> reasons = talk.Expect<MqttSubAck>().Reasons;
        Assert.All(reasons.Take(1_024), reason => Assert.Equal(MqttReason.Success, reason));
        Assert.Equal([MqttReason.QuotaExceeded], reasons.Skip(1_024));
    }

    [Fact]
    public void Retained_messages_that_wait_for_a_slow_client_leave_room_for_live_ones()
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        for (int i = 0; i < 50; i++)
            other.Publish($"a/{i}", new string('x', 100), 0, retain: true);
        using Talk talk = Talk.Open(_broker, options: new MqttOptions { MaxQueuedQoS0Bytes = 2_048, Presence = false });
        talk.HasRoom = false;
        talk.Subscribe("a/+", 0);
        other.Publish("a/live", "live");
        talk.ExpectNothing();
        talk.HasRoom = true;
        talk.Turn();
        List<string> topics = [.. talk.Sent.Select(frame => MqttPublish.Read(frame, MqttVersion.V5).Topic)];
        Assert.Equal(51, topics.Distinct().Count());
        Assert.Contains("a/live", topics);
    }

    [Fact]
    public void Retained_messages_in_wait_for_acknowledgements_do_not_keep_them_from_being_read()
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        for (ushort i = 1; i <= 20; i++)
            other.Publish($"a/{i}", new string('x', 100), MqttQoS.AtLeastOnce, i, retain: true);
        using Talk talk = Talk.Open(_broker, properties: new MqttProperties { ReceiveMaximum = 1 },
            options: new MqttOptions { MaxQueuedBytes = 2_048, Presence = false });
        talk.Subscribe("a/+", MqttQoS.AtLeastOnce);
        for (int i = 0; i < 20; i++)
        {
            MqttPublish got = MqttPublish.Read(talk.Sent.Dequeue(), MqttVersion.V5);
            talk.Send(new MqttAck(MqttPacketType.PubAck, got.PacketId));
        }
        talk.ExpectNothing();
    }

    [Fact]
    public void Retained_messages_for_a_sessions_queue_wait_for_room_in_the_core()
    {
        using Talk other = Talk.Open(_broker, clientId: "publisher");
        for (ushort i = 1; i <= 3; i++)
            other.Publish($"a/{i}", "x", MqttQoS.AtLeastOnce, i, retain: true);
        using Talk talk = Talk.Open(_broker, expiry: 60);
        talk.Link.Room = new TaskCompletionSource();
        talk.Subscribe("a/+", MqttQoS.AtLeastOnce);
        talk.ExpectNothing();
        Assert.Empty(talk.Link.Published);
        talk.Link.Room.SetResult();
        talk.Turn();
        Assert.Equal(3, talk.Sent.Count);
    }

    private static MqttMessageProperties Large(int users)
    {
        var output = new MqttFieldWriter();
        for (int i = 0; i < users; i++)
        {
            output.Byte((byte)MqttPropertyId.UserProperty);
            output.Text("name");
            output.Text(new string('x', 60_000));
        }
        return new MqttMessageProperties { Forwarded = output.Written.ToArray() };
    }
}
