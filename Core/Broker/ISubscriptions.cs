namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// What connected clients listen to in memory: nothing of it is in a log or on a disk, and it ends with the connection
/// (DESIGN section 3, class c: clean sessions). A filter is a pattern as of a topic of kind
/// <see cref="TopicKind.Pattern"/>. Whatever is published to the topic on any node is heard, whichever protocol it came
/// by, and what other topics send to it by bindings, and dead letters.
/// </summary>
public interface ISubscriptions
{
    /// <summary>Adds a filter, or changes the options of the one with the same topic, pattern and share group.
    /// Answered when every live node forwards by it.</summary>
    /// <returns>Ok, TopicNotFound, LimitReached.</returns>
    ValueTask<Reply> SubscribeAsync(
        TopicId topic, string pattern, SubscriptionOptions options, CancellationToken cancellation);

    /// <summary>Nothing more is heard by this filter once the task is done, but for what other filters match.</summary>
    ValueTask UnsubscribeAsync(TopicId topic, string pattern, string? shareGroup);
}
