using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>What the HTTP door logs; ids from 2000.</summary>
internal static partial class HttpTrace
{
    [LoggerMessage(
        2000, LogLevel.Information, "Request {RequestId} from {Peer} refused with {Code}: {Reason}")]
    public static partial void Refused(
        this ILogger logger, string requestId, string peer, int code, string reason);

    [LoggerMessage(2001, LogLevel.Error, "Request {RequestId} failed")]
    public static partial void Failed(this ILogger logger, Exception exception, string requestId);

    [LoggerMessage(2002, LogLevel.Debug, "Client {Peer} went away during request {RequestId}")]
    public static partial void ClientGone(this ILogger logger, string requestId, string peer);

    [LoggerMessage(2003, LogLevel.Information, "Request {RequestId} from {Peer} could not be read: {Reason}")]
    public static partial void Unreadable(this ILogger logger, string requestId, string peer, string reason);

    [LoggerMessage(2004, LogLevel.Information, "The core ends the session of {User}: {Reason}")]
    public static partial void SessionEnded(this ILogger logger, string user, string reason);

    [LoggerMessage(2005, LogLevel.Error, "The session of {User} could not be given back to the core")]
    public static partial void SessionNotDisposed(this ILogger logger, Exception exception, string user);

    [LoggerMessage(2006, LogLevel.Information, "Publishing of {User} is held back: {Reason}")]
    public static partial void Blocked(this ILogger logger, string user, string reason);

    [LoggerMessage(2007, LogLevel.Information, "Publishing of {User} goes on")]
    public static partial void Unblocked(this ILogger logger, string user);
}
