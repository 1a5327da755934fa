namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Fails the store when a commit hangs: the writer cannot, it sits in the hanging call. It counts its own looks
/// at the same commit, not the time: a process that was suspended in the middle of one has no hanging disk.</summary>
internal sealed class CommitWatchdog : IDisposable
{
    private const int Looks = 4;

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
        long seen = 0;
        int looks = 0;
        while (!_stop.Wait(Math.Max(1, _limitMs / Looks)))
        {
            long since = _busySince();
            looks = since != 0 && since == seen ? looks + 1 : 0;
            seen = since;
            if (looks < Looks)
                continue;
            _failed(new LogStoreException($"A commit has not finished within {_limitMs} ms; the disk hangs."));
            return;
        }
    }
}
