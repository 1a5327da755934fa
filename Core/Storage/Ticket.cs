namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Lets a caller wait for the writer thread.</summary>
internal sealed class Ticket
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Complete() => _done.SetResult();

    /// <returns><see langword="false"/> when the store failed before it was done.</returns>
    public bool Wait(Task failed)
    {
        Task.WaitAny(_done.Task, failed);
        return _done.Task.IsCompleted;
    }
}
