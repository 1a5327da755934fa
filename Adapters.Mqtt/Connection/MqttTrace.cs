using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>Log lines of this project, ids from 4000.</summary>
internal static partial class MqttTrace
{
    [LoggerMessage(4000, LogLevel.Debug, "MQTT connection {ConnectionId} accepted from {Peer}")]
    public static partial void Accepted(ILogger logger, string connectionId, string peer);

    [LoggerMessage(4001, LogLevel.Information,
        "MQTT connection {ConnectionId} from {Peer}, client {ClientId}, user {User}: {Reason}, {Explanation}")]
    public static partial void Refused(ILogger logger, string connectionId, string peer, string? clientId, string? user,
        Codec.MqttReason reason, string explanation);

    [LoggerMessage(4002, LogLevel.Error, "MQTT connection {ConnectionId} from {Peer} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string connectionId, string peer);

    [LoggerMessage(4003, LogLevel.Debug, "MQTT connection {ConnectionId} from {Peer} ended: {Reason}")]
    public static partial void Ended(ILogger logger, string connectionId, string peer, string reason);

    [LoggerMessage(4004, LogLevel.Information, "MQTT connection {ConnectionId} from {Peer} dropped: {Reason}")]
    public static partial void Dropped(ILogger logger, string connectionId, string peer, string reason);
}
