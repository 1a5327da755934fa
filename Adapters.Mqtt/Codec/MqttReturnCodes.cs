namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Return codes of a CONNACK before MQTT 5.0 (3.1.1 §3.2.2.3).</summary>
internal static class MqttReturnCodes
{
    public static byte Code(MqttReason reason) => reason switch
    {
        MqttReason.Success => 0,
        MqttReason.UnsupportedVersion => 1,
        MqttReason.ClientIdNotValid => 2,
        MqttReason.BadUserNameOrPassword => 4,
        MqttReason.NotAuthorized or MqttReason.Banned or MqttReason.BadAuthenticationMethod => 5,
        _ => 3,
    };

    public static MqttReason Reason(byte code) => code switch
    {
        0 => MqttReason.Success,
        1 => MqttReason.UnsupportedVersion,
        2 => MqttReason.ClientIdNotValid,
        3 => MqttReason.ServerUnavailable,
        4 => MqttReason.BadUserNameOrPassword,
        5 => MqttReason.NotAuthorized,
        _ => throw MqttProtocolException.Malformed($"return code {code}"),
    };
}
