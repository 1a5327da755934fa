using System.Diagnostics;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Fails the store when a commit hangs: the writer cannot, it sits in the hanging call.</summary>
internal sealed class CommitWatchdog : IDisposable
{
    private readonly Func<long> _busySince;
    private readonly int _limitMs;
    private readonly Action<Exception> _failed;
    private readonly ManualResetEventSlim _stop = new();
    private readonly Thread _thread;

    /// <param name="busySince">Stopwatch ticks at which the running commit began, 0 when none runs.</param>
    public CommitWatchdog(Func<long> busySince, int limitMs, Action<Exception> failed)
    {
        (_busySince, _limitMs, _failed) = (busySince, limitMs, failed);
        _thread = new Thread(Run) { Name = "store watchdog", IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop.Set();
        _thread.Join();
        _stop.Dispose();
    }

    private void Run()
    {
        while (!_stop.Wait(Math.Max(1, _limitMs / 4)))
        {
            long since = _busySince();
            if (since == 0 || Stopwatch.GetElapsedTime(since).TotalMilliseconds <= _limitMs)
                continue;
            _failed(new LogStoreException($"A commit has not finished within {_limitMs} ms; the disk hangs."));
            return;
        }
    }
}
