using System.Collections.Concurrent;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>This node's requests that wait for a leader's response. They are sent again when the leader changed;
/// what is asked is idempotent or named by its number. Thread-safe.</summary>
internal sealed class RequestTable(
    Func<NodeIncarnation> life, Func<GroupId, NodeRequest, bool> send, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private long _lastNumber;

    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Asks and waits; null when nobody answered in time.</summary>
    public async ValueTask<object?> AskAsync(
        GroupId group, long afterBatch, object body, TimeSpan timeout, CancellationToken cancellation, long number = 0)
    {
        if (number == 0)
            number = NextNumber();
        var request = new NodeRequest(life(), number, afterBatch, body);
        var pending = new Pending(group, request);
        _pending[number] = pending;
        try
        {
            send(group, request);
            return await pending.Answer.Task.WaitAsync(timeout, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            _pending.TryRemove(number, out _);
        }
    }

    /// <summary>A leader's response.</summary>
    /// <returns>False: nobody waits for it any more.</returns>
    public bool Responded(long number, object response) =>
        _pending.TryGetValue(number, out Pending? pending) && pending.Answer.TrySetResult(response);

    /// <summary>Asks again whoever leads the group now.</summary>
    public void SendAgain(GroupId group)
    {
        foreach (Pending pending in _pending.Values)
        {
            if (pending.Group == group && !pending.Answer.Task.IsCompleted)
                send(group, pending.Request);
        }
    }

    private sealed record Pending(GroupId Group, NodeRequest Request)
    {
        public TaskCompletionSource<object> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
