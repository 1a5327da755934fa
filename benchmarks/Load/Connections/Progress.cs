namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>Wakes publishers that wait for deliveries. Thread-safe; each waits at one of its own.</summary>
public sealed class Progress : IDisposable
{
    private readonly AutoResetEvent _made = new(false);
    private int _isAwaited;

    /// <summary>Costs a look while nobody waits.</summary>
    public void Made()
    {
        if (Volatile.Read(ref _isAwaited) != 0)
            _made.Set();
    }

    /// <summary>Waits until something is so; who makes it so calls <see cref="Made"/> after.</summary>
    /// <returns>False: it was not in the time.</returns>
    public bool WaitFor(Func<bool> condition, TimeSpan patience)
    {
        // Set before the look, so that nobody who makes progress after it stays silent.
        Interlocked.Exchange(ref _isAwaited, 1);
        try
        {
            while (!condition())
            {
                if (!_made.WaitOne(patience))
                    return condition();
            }

            return true;
        }
        finally
        {
            Interlocked.Exchange(ref _isAwaited, 0);
        }
    }

    public void Dispose() => _made.Dispose();
}
