using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Tests.Subscriptions;

/// <summary>Hears, and counts.</summary>
internal sealed class CountingSink : ISubscriberSink
{
    public int Heard { get; private set; }

    public int Flushed { get; private set; }

    void ISubscriberSink.Heard(StoredMessage message, string? shareGroup, string? pattern) => Heard++;

    void ISubscriberSink.TakenOver(string session) => throw new NotSupportedException();

    void IConnectionSink.Published(ulong tag, PublishOutcome outcome) => throw new NotSupportedException();

    void IConnectionSink.Delivered(Delivery delivery) => throw new NotSupportedException();

    void IConnectionSink.Cancelled(int consumer) => throw new NotSupportedException();

    void IConnectionSink.Flush() => Flushed++;

    void IConnectionSink.Blocked(string? reason) => throw new NotSupportedException();

    void IConnectionSink.Closing(string reason) => throw new NotSupportedException();
}
