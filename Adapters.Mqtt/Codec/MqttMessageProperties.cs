namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Properties of a message, in PUBLISH or in a will (MQTT 5.0 §3.3.2.3, §3.1.3.2). What is forwarded
/// unchanged stays in its encoded form; only what we act on is decoded.</summary>
public sealed record MqttMessageProperties
{
    public static readonly MqttMessageProperties None = new();

    /// <summary>Payload format, content type, response topic, correlation data and user properties as they were
    /// encoded, in their order.</summary>
    public ReadOnlyMemory<byte> Forwarded { get; init; }

    /// <summary>Seconds from the publish.</summary>
    public uint? ExpirySeconds { get; init; }

    /// <summary>1 to 65,535; PUBLISH only.</summary>
    public ushort? TopicAlias { get; init; }

    /// <summary>Will only.</summary>
    public uint? WillDelaySeconds { get; init; }

    /// <summary>PUBLISH to a client only, 1 to 268,435,455 each.</summary>
    public IReadOnlyList<int> SubscriptionIdentifiers { get; init; } = [];

    /// <summary>Reads a property block with its length.</summary>
    /// <param name="reader">Behind it stands the payload or the rest of a CONNECT.</param>
    /// <param name="place">PUBLISH or will.</param>
    /// <param name="isFromClient">Subscription identifiers are for clients only (§3.3.4).</param>
    /// <exception cref="MqttProtocolException">0x81: malformed, unknown or misplaced. 0x82: twice or out of range, or a
    /// client's subscription identifier. 0x94: topic alias 0.</exception>
    internal static MqttMessageProperties Read(
        ref MqttFieldReader reader, MqttPropertyPlace place, bool isFromClient = false)
    {
        int length = reader.Variable();
        return length == 0 ? None : Parse(reader.Take(length), place, isFromClient);
    }

    /// <summary>Reads a property block without its length.</summary>
    internal static MqttMessageProperties Parse(
        ReadOnlySpan<byte> encoded, MqttPropertyPlace place, bool isFromClient = false)
    {
        var properties = new MqttMessageProperties();
        List<int>? identifiers = null;
        var block = new MqttFieldReader(encoded);
        byte[] forwarded = new byte[encoded.Length];
        int kept = 0;
        ulong seen = 0;
        while (!block.IsAtEnd)
        {
            int start = block.Position;
            switch (MqttPropertyRules.Next(ref block, place, ref seen))
            {
                case MqttPropertyId.MessageExpiry:
                    properties = properties with { ExpirySeconds = block.Long() };
                    break;
                case MqttPropertyId.WillDelay:
                    properties = properties with { WillDelaySeconds = block.Long() };
                    break;
                case MqttPropertyId.TopicAlias:
                    properties = properties with { TopicAlias = Alias(block.Short()) };
                    break;
                case MqttPropertyId.SubscriptionIdentifier:
                    if (isFromClient)
                        throw MqttProtocolException.Broken("a subscription identifier in a client's PUBLISH");
                    (identifiers ??= []).Add(Identifier(block.Variable()));
                    break;
                case var id:
                    Skip(id, ref block);
                    encoded[start..block.Position].CopyTo(forwarded.AsSpan(kept));
                    kept += block.Position - start;
                    break;
            }
        }
        return properties with
        {
            Forwarded = forwarded.AsMemory(0, kept),
            SubscriptionIdentifiers = identifiers ?? properties.SubscriptionIdentifiers,
        };
    }

    private static ushort Alias(ushort alias) =>
        alias > 0 ? alias : throw new MqttProtocolException(MqttReason.TopicAliasInvalid, "topic alias 0");

    private static int Identifier(int number) =>
        number > 0 ? number : throw MqttProtocolException.Broken("subscription identifier 0");

    /// <summary>Checks what is forwarded.</summary>
    private static void Skip(MqttPropertyId id, ref MqttFieldReader block)
    {
        switch (id)
        {
            case MqttPropertyId.PayloadFormat:
                if (block.Byte() > 1)
                    throw MqttProtocolException.Broken("a payload format that is neither 0 nor 1");
                break;
            case MqttPropertyId.CorrelationData:
                block.Take(block.Short());
                break;
            case MqttPropertyId.ResponseTopic:
                if (block.TextBytes().IndexOfAny("+#"u8) >= 0)
                    throw MqttProtocolException.Broken("a response topic with wildcards");
                break;
            case MqttPropertyId.UserProperty:
                block.TextBytes();
                block.TextBytes();
                break;
            default:
                block.TextBytes();
                break;
        }
    }
}
