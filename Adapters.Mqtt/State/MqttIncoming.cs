using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A message of the core in MQTT's words, whichever protocol it came by.</summary>
/// <param name="Message">The message.</param>
/// <param name="Topic">As MQTT writes it; "" when it cannot be written.</param>
/// <param name="QoS">As published; persistent messages of other protocols count as QoS 1, transient as QoS 0.</param>
/// <param name="Retain">As published.</param>
/// <param name="IsRetained">A copy of a retained message for a new subscription.</param>
internal readonly record struct MqttIncoming(
    StoredMessage Message, string Topic, MqttQoS QoS, bool Retain, bool IsRetained, ReadOnlyMemory<byte> Publisher)
{
    /// <summary>Larger bodies are not kept for the next who hears, in bytes.</summary>
    private const int MaxKeptBytes = 64 * 1024;

    /// <summary>Of the message that this thread told somebody of last.</summary>
    [ThreadStatic]
    private static object? t_last;

    /// <summary>The same as <see cref="From"/>, but once for all who hear a message: they are told one after the other, by
    /// one thread.</summary>
    /// <returns>A <see cref="MqttIncoming"/>; the message itself if it cannot be read, which is then for its reader to
    /// find out.</returns>
    public static object Shared(StoredMessage message)
    {
        if (t_last is MqttIncoming last && ReferenceEquals(last.Message, message))
            return t_last;
        try
        {
            object shared = From(message);
            t_last = message.Body.Length <= MaxKeptBytes ? shared : null;
            return shared;
        }
        catch (MqttProtocolException)
        {
            return message;
        }
    }

    public static MqttIncoming From(StoredMessage message)
    {
        string key = message.Overlay?.RoutingKey ?? message.RoutingKey;
        if (message.Format != PropertyFormat.Mqtt)
        {
            MqttQoS qos = message.Persistent ? MqttQoS.AtLeastOnce : MqttQoS.AtMostOnce;
            return new MqttIncoming(message, Named(MqttTopics.FromKey(key)), qos, false, false, default);
        }
        MqttPropertyBlock block = MqttPropertyBlock.Read(message.Properties);
        return new MqttIncoming(message, Named(block.RetainedTopic ?? MqttTopics.FromKey(key)), block.QoS, block.Retain,
            block.RetainedTopic is not null, block.ClientId);
    }

    /// <summary>This client published it.</summary>
    public bool IsFrom(ReadOnlySpan<byte> clientId) => !Publisher.IsEmpty && Publisher.Span.SequenceEqual(clientId);

    /// <summary>Properties that are forwarded, in their encoding.</summary>
    /// <param name="message">The message.</param>
    /// <param name="broker">For readers of other protocols' messages.</param>
    /// <param name="payload">Its body, for MQTT clients.</param>
    public static ReadOnlyMemory<byte> Forwarded(
        StoredMessage message, IBroker broker, out ReadOnlySequence<byte> payload)
    {
        payload = message.Body;
        if (message.Format == PropertyFormat.Mqtt)
            return MqttPropertyBlock.Read(message.Properties).Forwarded;
        if (message.Format == PropertyFormat.None)
            return default;
        (MessageProperties properties, payload) = broker.Content(message);
        return MqttPropertyReader.Write(message.TtlMs is null ? properties : properties with { TtlMs = null });
    }

    /// <summary>Its body, for MQTT clients.</summary>
    public static ReadOnlySequence<byte> Payload(StoredMessage message, IBroker broker) =>
        message.Format is PropertyFormat.Mqtt or PropertyFormat.None ? message.Body : broker.Content(message).Body;

    /// <summary>Seconds that are left of its life; null = it has no end. At most 0: it is over.</summary>
    public static long? SecondsLeft(StoredMessage message, long nowMs)
    {
        // A dead letter's own time to live counts no more.
        if (message.TtlMs is not { } ttl || message.Overlay is { Deaths.Count: > 0 })
            return null;
        long leftMs = message.PublishedMs + ttl - nowMs;
        return leftMs <= 0 ? 0 : (leftMs + 999) / 1000;
    }

    private static string Named(string topic) => MqttTopics.IsTopicName(topic) ? topic : "";
}
