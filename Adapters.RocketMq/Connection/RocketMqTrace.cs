using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>Log lines of this project, ids from 5000.</summary>
internal static partial class RocketMqTrace
{
    [LoggerMessage(5000, LogLevel.Debug, "RocketMQ connection {ConnectionId} accepted from {Peer}, group {Group}")]
    public static partial void Accepted(ILogger logger, string connectionId, string peer, int group);

    [LoggerMessage(5001, LogLevel.Information,
        "RocketMQ connection {ConnectionId} from {Peer}, user {User}, request {Request}: {Code} {Remark}")]
    public static partial void Refused(
        ILogger logger, string connectionId, string peer, string? user, int request, int code, string remark);

    [LoggerMessage(5002, LogLevel.Error, "RocketMQ connection {ConnectionId} from {Peer} failed")]
    public static partial void Failed(ILogger logger, Exception exception, string connectionId, string peer);

    [LoggerMessage(5003, LogLevel.Debug, "RocketMQ connection {ConnectionId} from {Peer} ended: {Reason}")]
    public static partial void Ended(ILogger logger, string connectionId, string peer, string reason);

    [LoggerMessage(5004, LogLevel.Information, "RocketMQ connection {ConnectionId} from {Peer} dropped: {Reason}")]
    public static partial void Dropped(ILogger logger, string connectionId, string peer, string reason);

    [LoggerMessage(5005, LogLevel.Warning,
        "Transaction of producer group {Owner} at position {Position} was asked after {Times} times in vain; its message "
        + "went to topic {Topic}")]
    public static partial void TransactionGivenUp(
        ILogger logger, string owner, long position, int times, string topic);

    [LoggerMessage(5007, LogLevel.Debug, "Checking transactions ended")]
    public static partial void CheckerEnded(ILogger logger);

    [LoggerMessage(5008, LogLevel.Error,
        "Transaction of producer group {Owner} at position {Position} could not be asked about; it stays")]
    public static partial void TransactionCheckFailed(
        ILogger logger, Exception exception, string owner, long position);

    [LoggerMessage(5006, LogLevel.Error, "Checking transactions failed")]
    public static partial void CheckFailed(ILogger logger, Exception exception);
}
