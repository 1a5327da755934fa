using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Benchmarks.Listening;

/// <summary>A connection that only counts what it hears.</summary>
internal sealed class CountingSink : ISubscriberSink
{
    private long _heard;

    public long HeardCount => Interlocked.Read(ref _heard);

    public void Heard(StoredMessage message, string? shareGroup, string? pattern) => Interlocked.Increment(ref _heard);

    public void TakenOver(string session)
    {
        // No sessions are opened here.
    }

    public void Published(ulong tag, PublishOutcome outcome)
    {
        // Everything is served at once.
    }

    public void Delivered(Delivery delivery) => throw new NotSupportedException();

    public void Cancelled(int consumer) => throw new NotSupportedException();

    public void Flush()
    {
        // There is no writer to wake.
    }

    public void Blocked(string? reason)
    {
        // Nothing is held back that goes to no queue.
    }

    public void Closing(string reason)
    {
        // The end of the run.
    }
}
