using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>A connection of this node that listens. What it listens to is the desk's to change, one thread at a
/// time.</summary>
/// <param name="number">The connection's number in its life.</param>
/// <param name="sink">Where it hears.</param>
internal sealed class Subscriber(long number, ISubscriberSink sink)
{
    public long Number => number;

    public ISubscriberSink Sink => sink;

    /// <summary>Its filters. A connection with one costs no table.</summary>
    public HashTrie<Listener, FilterKey, ListenerRules.ByFilter> Filters { get; set; }

    /// <summary>Nothing is added any more.</summary>
    public bool IsOver { get; set; }
}
