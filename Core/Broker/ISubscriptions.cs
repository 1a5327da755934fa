namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// What connected clients listen to in memory: nothing of it is in a log or on a disk, and it ends with the connection
/// (DESIGN section 3, class c: clean sessions). A filter is a pattern as of a topic of kind
/// <see cref="TopicKind.Pattern"/>, whatever the topic's kind; one that starts with a wildcard does not match a key
/// that starts with <see cref="LevelKey.Reserved"/>. Whatever is published to the topic on any node is heard, whichever
/// protocol it came by, and what other topics send to it by bindings, and dead letters. Thread-safe.
/// </summary>
public interface ISubscriptions
{
    /// <summary>Adds a filter, or changes the options of the one with the same topic, pattern and share group. It may
    /// be heard by at once; the answer comes when every live node forwards by it.</summary>
    /// <returns>Ok; TopicNotFound; NotAllowed (the default topic, which has queues only); BadName (more than
    /// <see cref="LevelKey.MaxLevels"/> levels); LimitReached (<see cref="LimitOptions.MaxFiltersPerConnection"/>,
    /// <see cref="LimitOptions.MaxFilters"/>); Unavailable (the connection or this node's life has ended). TimedOut: it
    /// counts, but not every node forwards by it yet.</returns>
    ValueTask<Reply> SubscribeAsync(
        TopicId topic, string pattern, SubscriptionOptions options, CancellationToken cancellation);

    /// <summary>Once the task is done nothing that is published later is heard by this filter; what another thread is
    /// handing over at that moment may still come.</summary>
    ValueTask UnsubscribeAsync(TopicId topic, string pattern, string? shareGroup);
}
