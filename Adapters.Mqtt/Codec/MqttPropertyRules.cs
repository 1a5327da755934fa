using static Cmq.MultiProtocol.Adapters.Mqtt.Codec.MqttPropertyPlace;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Where each property may stand (MQTT 5.0 §2.2.2.2).</summary>
internal static class MqttPropertyRules
{
    private const MqttPropertyPlace Everywhere = (MqttPropertyPlace)0x1FF;

    /// <summary>Reads an identifier and checks that it belongs here and did not come before.</summary>
    /// <param name="reader">In a property block.</param>
    /// <param name="place">Whose block.</param>
    /// <param name="seen">One bit per identifier; all are below 64.</param>
    /// <exception cref="MqttProtocolException">0x81: unknown or misplaced. 0x82: twice.</exception>
    public static MqttPropertyId Next(ref MqttFieldReader reader, MqttPropertyPlace place, ref ulong seen)
    {
        int number = reader.Variable();
        var id = (MqttPropertyId)Math.Min(number, byte.MaxValue);
        if ((Places(id) & place) == 0)
            throw MqttProtocolException.Malformed($"property {number:x2} in {place}");
        // User properties repeat; so do subscription identifiers on their way to a client.
        bool repeats = id == MqttPropertyId.UserProperty
            || (id == MqttPropertyId.SubscriptionIdentifier && place == Publish);
        if (!repeats && (seen & (1UL << number)) != 0)
            throw MqttProtocolException.Broken($"property {id} twice");
        seen |= 1UL << number;
        return id;
    }

    private static MqttPropertyPlace Places(MqttPropertyId id) => id switch
    {
        MqttPropertyId.PayloadFormat or MqttPropertyId.MessageExpiry or MqttPropertyId.ContentType
            or MqttPropertyId.ResponseTopic or MqttPropertyId.CorrelationData => Publish | Will,
        MqttPropertyId.SubscriptionIdentifier => Publish | Subscribe,
        MqttPropertyId.SessionExpiry => Connect | ConnAck | Disconnect,
        MqttPropertyId.AssignedClientId or MqttPropertyId.ServerKeepAlive or MqttPropertyId.ResponseInformation
            or MqttPropertyId.MaximumQoS or MqttPropertyId.RetainAvailable
            or MqttPropertyId.WildcardSubscriptionAvailable or MqttPropertyId.SubscriptionIdentifierAvailable
            or MqttPropertyId.SharedSubscriptionAvailable => ConnAck,
        MqttPropertyId.AuthenticationMethod or MqttPropertyId.AuthenticationData => Connect | ConnAck | Auth,
        MqttPropertyId.RequestProblemInformation or MqttPropertyId.RequestResponseInformation => Connect,
        MqttPropertyId.WillDelay => Will,
        MqttPropertyId.ServerReference => ConnAck | Disconnect,
        MqttPropertyId.ReasonString => ConnAck | Ack | Disconnect | Auth,
        MqttPropertyId.ReceiveMaximum or MqttPropertyId.TopicAliasMaximum or MqttPropertyId.MaximumPacketSize
            => Connect | ConnAck,
        MqttPropertyId.TopicAlias => Publish,
        MqttPropertyId.UserProperty => Everywhere,
        _ => None,
    };
}
