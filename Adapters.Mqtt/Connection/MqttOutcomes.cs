using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>Counts the outcomes of publishes; takes nothing else. Thread-safe.</summary>
internal sealed class MqttOutcomes : IConnectionSink
{
    private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>One for whoever still publishes.</summary>
    private int _left = 1;

    /// <summary>One more is to come.</summary>
    public void Expect() => Interlocked.Increment(ref _left);

    public void Came()
    {
        if (Interlocked.Decrement(ref _left) == 0)
            _all.SetResult();
    }

    /// <summary>Done when everything that was expected has come; nothing may be expected after it. The core answers
    /// every publish in bounded time.</summary>
    public Task AllCameAsync()
    {
        Came();
        return _all.Task;
    }

    public void Published(ulong tag, PublishOutcome outcome) => Came();

    public void Delivered(Delivery delivery) => throw new InvalidOperationException("it consumes nothing");

    public void Cancelled(int consumer)
    {
    }

    public void Flush()
    {
    }

    public void Blocked(string? reason)
    {
    }

    public void Closing(string reason)
    {
    }
}
