using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Topic aliases of one connection, both ways (MQTT 5.0 §3.3.2.3.4).</summary>
/// <param name="inboundMaximum">What we announced.</param>
internal sealed class MqttTopicAliases(ushort inboundMaximum)
{
    /// <summary>Of all connections before 5.0, which know none.</summary>
    public static readonly MqttTopicAliases None = new(0);

    private Dictionary<ushort, string>? _inbound;
    private Dictionary<string, ushort>? _outbound;

    /// <summary>What we may set: the client's maximum, or ours if that is less.</summary>
    public ushort OutboundMaximum { get; init; }

    /// <summary>The topic that a PUBLISH names, and what its alias stands for from now on.</summary>
    /// <exception cref="MqttProtocolException">0x94: above the maximum. 0x82: stands for nothing.</exception>
    public string Resolve(string topic, ushort? alias)
    {
        if (alias is not { } number)
            return topic;
        if (number > inboundMaximum)
            throw new MqttProtocolException(MqttReason.TopicAliasInvalid, $"topic alias {number} of {inboundMaximum}");
        if (topic.Length > 0)
        {
            // One that is refused stands for nothing.
            if (MqttTopics.IsTopicName(topic))
                (_inbound ??= [])[number] = topic;
            return topic;
        }
        return _inbound is not null && _inbound.TryGetValue(number, out string? known)
            ? known
            : throw MqttProtocolException.Broken($"topic alias {number} stands for nothing");
    }

    /// <summary>How to send a topic: with an alias, and without its text if the client knows it.</summary>
    /// <returns>Null alias: none is left. It counts once <see cref="Sent"/> was called.</returns>
    public (string Topic, ushort? Alias) Shorten(string topic)
    {
        if (_outbound is not null && _outbound.TryGetValue(topic, out ushort known))
            return ("", known);
        int used = _outbound?.Count ?? 0;
        return used < OutboundMaximum ? (topic, (ushort)(used + 1)) : (topic, null);
    }

    /// <summary>The client has been told.</summary>
    public void Sent(string topic, ushort alias) => (_outbound ??= [])[topic] = alias;
}
