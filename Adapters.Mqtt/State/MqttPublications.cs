using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Messages of MQTT as the core takes them.</summary>
internal static class MqttPublications
{
    /// <param name="space">The topic that is MQTT's topic space.</param>
    /// <param name="clientId">The publisher's, UTF-8.</param>
    public static Publication Of(
        TopicInfo space,
        ReadOnlyMemory<byte> clientId,
        string topic,
        MqttQoS qos,
        bool retain,
        MqttMessageProperties properties,
        in ReadOnlySequence<byte> payload) => new()
        {
            Topic = space,
            RoutingKey = MqttTopics.ToKey(topic),
            Format = PropertyFormat.Mqtt,
            Properties = new MqttPropertyBlock(qos, retain, clientId, properties.Forwarded).ToArray(),
            Body = payload,
            TtlMs = properties.ExpirySeconds * 1000L,
            Persistent = qos != MqttQoS.AtMostOnce,
            // A retained message without a payload takes the retained one away (§3.3.1.3).
            LastValue = !retain ? LastValueChange.None
                : payload.IsEmpty ? LastValueChange.Clear : LastValueChange.Put,
        };

    public static Publication OfWill(TopicInfo space, ReadOnlyMemory<byte> clientId, MqttWill will) => Of(
        space, clientId, will.Topic, will.QoS, will.Retain, will.Properties,
        new ReadOnlySequence<byte>(will.Payload));

    /// <summary>A copy of a retained message that goes straight to a session's queue.</summary>
    public static Publication OfRetained(
        TopicInfo defaultTopic, string queue, in MqttIncoming retained, IBroker broker, long? secondsLeft)
    {
        ReadOnlyMemory<byte> forwarded =
            MqttIncoming.Forwarded(retained.Message, broker, out ReadOnlySequence<byte> payload);
        return new Publication
        {
            Topic = defaultTopic,
            RoutingKey = queue,
            Format = PropertyFormat.Mqtt,
            Properties = new MqttPropertyBlock(retained.QoS, Retain: true, retained.Publisher,
                forwarded, retained.Topic).ToArray(),
            Body = payload,
            TtlMs = secondsLeft * 1000L,
            Persistent = true,
            IsForConsumer = true,
        };
    }

    /// <summary>Something that the node itself says; in memory unless a queue asks for it.</summary>
    public static Publication OfNode(TopicInfo space, string topic, byte[] json) => Of(
        space, default, topic, MqttQoS.AtMostOnce, retain: false, MqttMessageProperties.None,
        new ReadOnlySequence<byte>(json));
}
