using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host;

/// <summary>What the host logs (ids 9000 to 9099).</summary>
internal static partial class HostTrace
{
    [LoggerMessage(9000, LogLevel.Information, "{Signal}: stopping")]
    public static partial void StopSignal(this ILogger log, string signal);

    [LoggerMessage(9001, LogLevel.Warning, "{Signal} again: exiting at once")]
    public static partial void SecondSignal(this ILogger log, string signal);

    [LoggerMessage(9002, LogLevel.Information, "Stopped")]
    public static partial void Stopped(this ILogger log);

    [LoggerMessage(9003, LogLevel.Critical, "The node cannot go on")]
    public static partial void NodeFailed(this ILogger log, Exception failure);

    [LoggerMessage(9004, LogLevel.Error, "The node did not stop within {Seconds} s")]
    public static partial void StopTimedOut(this ILogger log, double seconds);

    [LoggerMessage(9005, LogLevel.Information, "Read the TLS certificate {Subject}, good until {NotAfter}")]
    public static partial void CertificateRead(this ILogger log, string subject, DateTime notAfter);

    [LoggerMessage(9006, LogLevel.Error, "The TLS certificate has changed and cannot be used; the former one stays")]
    public static partial void CertificateUnusable(this ILogger log, Exception failure);

    [LoggerMessage(9007, LogLevel.Error, "Stopping failed")]
    public static partial void StopFailed(this ILogger log, Exception failure);
}
