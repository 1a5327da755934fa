using Cmq.MultiProtocol.Adapters.Mqtt.Codec;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>Why a connection ended, in the words of presence (EMQX's).</summary>
internal static class MqttEndReasons
{
    /// <summary>Its node died, or was cut off from the others for too long.</summary>
    public const string NodeLost = "node_lost";

    public const string TakenOver = "takenover";

    public static string Of(MqttReason reason) => reason switch
    {
        MqttReason.KeepAliveTimeout => "keepalive_timeout",
        MqttReason.SessionTakenOver => TakenOver,
        MqttReason.AdministrativeAction => "kicked",
        MqttReason.NotAuthorized => "not_authorized",
        MqttReason.ServerShuttingDown => "server_shutdown",
        MqttReason.Unspecified or MqttReason.ServerUnavailable or MqttReason.ImplementationSpecific => "internal_error",
        _ => "protocol_error",
    };
}
