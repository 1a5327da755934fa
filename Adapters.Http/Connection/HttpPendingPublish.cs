using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Http.Connection;

/// <summary>The messages of one request that wait for their outcomes. Thread-safe.</summary>
internal sealed class HttpPendingPublish(int count)
{
    // The core's threads complete it: they must not run the request's continuation.
    private readonly TaskCompletionSource<IReadOnlyList<PublishOutcome>> _completion =
        new(TaskCreationOptions.RunContinuationsAsynchronously);

    private readonly PublishOutcome[] _outcomes = new PublishOutcome[count];
    private int _left = count;

    /// <summary>Done when every message has its outcome.</summary>
    public Task<IReadOnlyList<PublishOutcome>> Task => _completion.Task;

    /// <summary>Once for each place.</summary>
    public void Set(int place, PublishOutcome outcome)
    {
        _outcomes[place] = outcome;
        if (Interlocked.Decrement(ref _left) == 0)
            _completion.SetResult(_outcomes);
    }
}
