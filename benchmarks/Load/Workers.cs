using Cmq.MultiProtocol.Benchmarks.Load.Connections;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>The threads of the connections. When one of them fails, waiting ends with its exception. Used by one thread.
/// </summary>
internal sealed class Workers
{
    /// <summary>Enough for what they do, and small for thousands of them.</summary>
    private const int StackBytes = 256 * 1024;

    private readonly Phase _phase;

    /// <summary>Ends with the first failure, or when the run is ended by hand.</summary>
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Task> _consumers = [];

    public Workers(Phase phase, CancellationToken cancellation)
    {
        _phase = phase;
        cancellation.Register(() => _failed.TrySetCanceled(cancellation));
    }

    /// <summary>Starts a thread for each.</summary>
    /// <returns>Ends when all of them have.</returns>
    public Task Start(IEnumerable<Action> work) => Task.WhenAll([.. work.Select(StartOne)]);

    /// <summary>Starts a thread that ends when the consumer is stopped.</summary>
    public void Start(Consumer consumer) => _consumers.Add(StartOne(consumer.Run));

    /// <summary>Waits for the consumers, which were told to stop.</summary>
    public void AwaitConsumers()
    {
        WaitFor(Task.WhenAll(_consumers), Timeout.InfiniteTimeSpan);
        _consumers.Clear();
    }

    public void Wait(TimeSpan time) => WaitFor(Task.Delay(time), Timeout.InfiniteTimeSpan);

    /// <summary>Waits until a task has ended, or so long.</summary>
    /// <exception cref="IOException">A connection failed.</exception>
    /// <exception cref="OperationCanceledException">The run was ended by hand.</exception>
    public void WaitFor(Task task, TimeSpan atMost)
    {
        Task[] all = atMost == Timeout.InfiniteTimeSpan ? [task, _failed.Task] : [task, _failed.Task, Task.Delay(atMost)];
        Task first = Task.WhenAny(all).GetAwaiter().GetResult();
        if (first == _failed.Task || first.IsFaulted)
        {
            _phase.IsOver = true;
            first.GetAwaiter().GetResult();
        }
    }

    private Task StartOne(Action work)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Run(work, ended), StackBytes) { IsBackground = true }.Start();
        return ended.Task;
    }

    private void Run(Action work, TaskCompletionSource ended)
    {
        try
        {
            work();
            ended.SetResult();
        }
        catch (Exception failure)
        {
            // Whoever waits hears of it, whatever it waits for.
            _failed.TrySetException(failure);
            ended.SetException(failure);
        }
    }
}
