namespace Cmq.MultiProtocol.Adapters.Http.State;

/// <summary>Counts the receives that wait, up to a limit. Thread-safe.</summary>
public sealed class HttpPollGauge(int max)
{
    private int _count;

    /// <summary>Receives that wait now.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <returns>False at the limit; else <see cref="Leave"/> must follow.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= max)
            return true;
        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
