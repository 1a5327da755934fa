using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>Log lines of this project, ids from 3000.</summary>
internal static partial class AmqpTrace
{
    [LoggerMessage(3000, LogLevel.Debug, "AMQP connection {ConnectionId} accepted from {Peer}")]
    public static partial void Accepted(ILogger logger, string connectionId, string peer);

    [LoggerMessage(3001, LogLevel.Information,
        "AMQP connection {ConnectionId} from {Peer}, user {User}, channel {Channel}: {Error}")]
    public static partial void Refused(
        ILogger logger, string connectionId, string peer, string? user, int channel, string error);

    [LoggerMessage(3002, LogLevel.Error, "AMQP connection {ConnectionId} from {Peer} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string connectionId, string peer);

    [LoggerMessage(3003, LogLevel.Debug, "AMQP connection {ConnectionId} from {Peer} ended: {Reason}")]
    public static partial void Ended(ILogger logger, string connectionId, string peer, string reason);

    [LoggerMessage(3004, LogLevel.Information, "AMQP connection {ConnectionId} from {Peer} dropped: {Reason}")]
    public static partial void Dropped(ILogger logger, string connectionId, string peer, string reason);
}
