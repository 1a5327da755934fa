using System.Collections.Concurrent;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>This node's requests that wait for a leader's response. They are sent again when the leader changed;
/// what is asked is idempotent or named by its number. Thread-safe.</summary>
internal sealed class RequestTable(
    Func<NodeIncarnation> life, Func<GroupId, NodeRequest, bool> send, TimeProvider time)
{
    private readonly ConcurrentDictionary<long, Pending> _pending = new();
    private long _lastNumber;
    private volatile bool _ended;

    public long NextNumber() => Interlocked.Increment(ref _lastNumber);

    /// <summary>Asks and waits; null when nobody answered in time.</summary>
    public async ValueTask<object?> AskAsync(
        GroupId group, long afterBatch, object body, TimeSpan timeout, CancellationToken cancellation, long number = 0)
    {
        if (number == 0)
            number = NextNumber();
        var pending = new Pending(group, new NodeRequest(life(), number, afterBatch, body));
        _pending[number] = pending;
        try
        {
            if (_ended)
                return null;
            pending.Send(send, again: false);
            return await pending.Answer.Task.WaitAsync(timeout, time, cancellation).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return await GiveUpAsync(pending).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!pending.Answer.TrySetResult(null))
        {
            // It came at the last moment: who is told of it has it.
            return await pending.Answer.Task.ConfigureAwait(false);
        }
        finally
        {
            _pending.TryRemove(number, out _);
        }
    }

    /// <summary>What was asked under a number; null when nobody waits for it any more.</summary>
    public object? Find(long number) =>
        _pending.TryGetValue(number, out Pending? pending) ? pending.Request.Body : null;

    /// <summary>A leader's response.</summary>
    /// <returns>False: nobody waits for it any more.</returns>
    public bool Responded(long number, object response) =>
        _pending.TryGetValue(number, out Pending? pending) && pending.Answer.TrySetResult(response);

    /// <summary>Asks again whoever leads the group now.</summary>
    public void SendAgain(GroupId group)
    {
        foreach ((_, Pending pending) in _pending)
        {
            if (pending.Group == group && !pending.Answer.Task.IsCompleted)
                pending.Send(send, again: true);
        }
    }

    /// <summary>Sends what could not be sent before, because nobody led or the way was full.</summary>
    public void SendLeft()
    {
        foreach ((_, Pending pending) in _pending)
        {
            if (!pending.Answer.Task.IsCompleted)
                pending.Send(send, again: false);
        }
    }

    /// <summary>This life is over: nobody will answer.</summary>
    public void End()
    {
        _ended = true;
        foreach ((_, Pending pending) in _pending)
            pending.Answer.TrySetResult(null);
    }

    /// <summary>Exactly one of the two knows of an answer that comes now: who waits, or who brings it.</summary>
    private static async ValueTask<object?> GiveUpAsync(Pending pending) =>
        pending.Answer.TrySetResult(null) ? null : await pending.Answer.Task.ConfigureAwait(false);

    private sealed class Pending(GroupId group, NodeRequest request)
    {
        private int _isSent;

        public GroupId Group => group;

        public NodeRequest Request => request;

        /// <summary>Sends it; unless it was sent, or is being sent at this moment, and is not wanted again: a get that
        /// reaches a leader twice takes two messages.</summary>
        public void Send(Func<GroupId, NodeRequest, bool> send, bool again)
        {
            if (Interlocked.Exchange(ref _isSent, 1) == 1 && !again)
                return;
            if (!send(group, request))
                Volatile.Write(ref _isSent, 0);
        }

        public TaskCompletionSource<object?> Answer { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
