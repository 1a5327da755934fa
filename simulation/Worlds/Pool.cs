namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>
/// The runtime's thread pool with one worker, on which the world runs, too. So whatever an event lets go on (a node's
/// awaited answer, a snapshot that is written beside its group) runs after that event, before the next one, and always in
/// the same order.
/// </summary>
internal static class Pool
{
    /// <summary>Runs a world to its end.</summary>
    public static T Run<T>(Func<Task<T>> world)
    {
        ThreadPool.GetMaxThreads(out int workers, out _);
        if (workers != 1)
            throw new InvalidOperationException($"the thread pool has {workers} workers: nothing would be repeatable");
        return Task.Run(world).GetAwaiter().GetResult();
    }

    /// <summary>Lets everything run that can run without time going on.</summary>
    public static async ValueTask SettleAsync()
    {
        // A yield goes behind everything that waits; what that leaves behind is waited for in turn.
        while (ThreadPool.PendingWorkItemCount > 0)
            await Task.Yield();
    }
}
