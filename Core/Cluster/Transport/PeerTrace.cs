using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

internal static partial class PeerTrace
{
    [LoggerMessage(1200, LogLevel.Information,
        "Connected to node {Node}, store {StoreId}, incarnation {Incarnation}")]
    public static partial void Connected(ILogger logger, NodeId node, Guid storeId, long incarnation);

    [LoggerMessage(1201, LogLevel.Information, "Disconnected from node {Node}: {Reason}")]
    public static partial void Disconnected(ILogger logger, NodeId node, string reason);

    [LoggerMessage(1202, LogLevel.Information, "No connection with node {Node}: {Reason}")]
    public static partial void NoConnection(ILogger logger, NodeId node, string reason);

    [LoggerMessage(
        1203, LogLevel.Information, "Closed a connection of nobody known, from {RemoteAddress}: {Reason}")]
    public static partial void Unknown(ILogger logger, string remoteAddress, string reason);

    [LoggerMessage(1204, LogLevel.Information,
        "Queue to node {Node}, lane {Lane}, is full; messages are being dropped")]
    public static partial void QueueFull(ILogger logger, NodeId node, PeerLane lane);

    [LoggerMessage(1205, LogLevel.Error,
        "A message of {PayloadBytes} bytes is too large for lane {Lane} and was not sent to node {Node}")]
    public static partial void TooLarge(ILogger logger, NodeId node, PeerLane lane, int payloadBytes);

    [LoggerMessage(1206, LogLevel.Error, "Connection with node {Node} failed in a way that it should not")]
    public static partial void Failed(ILogger logger, NodeId node, Exception exception);

    [LoggerMessage(
        1207, LogLevel.Error, "Inbound connection from {RemoteAddress} failed in a way that it should not")]
    public static partial void InboundFailed(ILogger logger, string remoteAddress, Exception exception);

    [LoggerMessage(1208, LogLevel.Debug, "Could not tell a peer why it was refused: {Reason}")]
    public static partial void RefusalUnsent(ILogger logger, string reason);
}
