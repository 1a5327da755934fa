namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>One direction of a link: open, slow, or shut so that bytes wait. Thread-safe.</summary>
internal sealed class Gate
{
    private volatile TaskCompletionSource? _shut;
    private volatile int _delayMs;

    public void Shut() => _shut ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <param name="milliseconds">Each piece of bytes waits so long before the next one is read.</param>
    public void Slow(int milliseconds) => _delayMs = milliseconds;

    public void Open()
    {
        TaskCompletionSource? shut = _shut;
        _shut = null;
        _delayMs = 0;
        shut?.SetResult();
    }

    public async Task PassAsync(CancellationToken stop)
    {
        if (_delayMs > 0)
            await Task.Delay(_delayMs, stop);
        while (_shut is { } shut)
            await shut.Task.WaitAsync(stop);
    }
}
