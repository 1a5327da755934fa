namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>Bytes of forms that may be in memory at a time, over all requests. Thread-safe.</summary>
internal sealed class HttpByteBudget(long max)
{
    private long _used;

    /// <returns>False when it would exceed the budget; then nothing is taken.</returns>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= max)
            return true;
        Return(bytes);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
