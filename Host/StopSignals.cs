using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host;

/// <summary>SIGTERM and SIGINT: the first one asks for an orderly stop, a later one ends the process at
/// once.</summary>
/// <remarks>Tools like <c>timeout</c> signal the process and then its whole group, so that one wish arrives twice;
/// what comes within half a second of the first counts as the first.</remarks>
internal sealed class StopSignals : IDisposable
{
    private static readonly TimeSpan Echo = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly ILogger _log;
    private long? _firstAt;

    public StopSignals(TimeProvider time, ILogger<StopSignals> log)
    {
        _time = time;
        _log = log;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_lock)
        {
            if (_firstAt is { } firstAt)
            {
                if (_time.GetElapsedTime(firstAt) < Echo)
                    return;
                _log.SecondSignal(context.Signal.ToString());
                // As a shell would report a process that the signal killed.
                Environment.Exit(context.Signal == PosixSignal.SIGINT ? 130 : 143);
            }

            _firstAt = _time.GetTimestamp();
        }

        _log.StopSignal(context.Signal.ToString());
        _stop.Cancel();
    }
}
