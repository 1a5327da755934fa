using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Awaits one command's answer.</summary>
internal sealed class LaneAnswer : ILaneCompletion
{
    private readonly TaskCompletionSource<Answer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<Answer> Task => _answer.Task;

    public void Completed(ulong tag, int bytes, Answer answer) => _answer.TrySetResult(answer);

    public void Flush()
    {
        // One waiter, one answer: nothing to batch.
    }
}
