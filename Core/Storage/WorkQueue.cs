namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The writer's queue, bounded by bytes that are not durable yet. Thread-safe.</summary>
internal sealed class WorkQueue(long maxBytes)
{
    // A monitor and not a Lock: callers wait on it for room, the writer for work.
    private readonly object _gate = new();
    private readonly Queue<WorkItem> _items = new();
    private long _bytes;
    private bool _closed;
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogStoreException? _failure;

    /// <summary>Completes when the store has failed, for those who wait for the writer.</summary>
    public Task Failed => _failed.Task;

    public LogStoreException? Failure
    {
        get
        {
            lock (_gate)
                return _failure;
        }
    }

    /// <summary>Blocks while the queue is full; an item larger than the bound goes alone.</summary>
    /// <exception cref="LogStoreException">The store has failed or is closed.</exception>
    public void Enqueue(WorkItem item)
    {
        lock (_gate)
        {
            while (_failure is null && !_closed && _bytes > 0 && item.Bytes > 0 && _bytes + item.Bytes > maxBytes)
                Monitor.Wait(_gate);
            if (_failure is not null)
                throw new LogStoreException(_failure.Message, _failure);
            if (_closed)
                throw new LogStoreException("The store is closed.");
            _bytes += item.Bytes;
            _items.Enqueue(item);
            Monitor.PulseAll(_gate);
        }
    }

    public bool TryTake(out WorkItem? item)
    {
        lock (_gate)
        {
            if (_failure is not null)
                throw new LogStoreException(_failure.Message, _failure);
            return _items.TryDequeue(out item);
        }
    }

    /// <summary>Waits for work.</summary>
    /// <returns><see langword="false"/> when the queue is closed and empty.</returns>
    public bool WaitForItem()
    {
        lock (_gate)
        {
            while (_items.Count == 0 && !_closed && _failure is null)
                Monitor.Wait(_gate);
            return _items.Count > 0 || _failure is not null;
        }
    }

    public void FreeBytes(long bytes)
    {
        lock (_gate)
        {
            _bytes -= bytes;
            Monitor.PulseAll(_gate);
        }
    }

    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>From now on everything throws; the first failure counts.</summary>
    public void Fail(LogStoreException failure)
    {
        lock (_gate)
        {
            if (_failure is not null)
                return;
            _failure = failure;
            _items.Clear();
            Monitor.PulseAll(_gate);
        }

        _failed.SetResult();
    }
}
