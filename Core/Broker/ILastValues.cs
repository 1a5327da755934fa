namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// The newest retained message per topic and key (DESIGN section 2, Last value); replicated, in the data group that the
/// key hashes to, and written by <see cref="Publication.LastValue"/>, which counts as one more durable target. The
/// key is the <see cref="Publication.RoutingKey"/>, of <see cref="LevelKey.MaxLevels"/> levels at most. A message's own
/// time to live ends a last value; deleting the topic ends all of its last values. Thread-safe.
/// </summary>
public interface ILastValues
{
    /// <summary>Reads what is retained now under keys that a pattern matches, expired ones left out. Whatever was
    /// confirmed before, on any node, is seen; and what this node published before.</summary>
    /// <param name="topic">Where they were published.</param>
    /// <param name="pattern">A pattern as of a topic of kind <see cref="TopicKind.Pattern"/>; one that starts with a
    /// wildcard does not match a key that starts with <see cref="LevelKey.Reserved"/>. Without wildcards only one group
    /// is asked, else all; in no particular order.</param>
    /// <param name="most">Messages, at most; what is over the limit is left out.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok; BadName (more than <see cref="LevelKey.MaxLevels"/> levels), Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<StoredMessage> Messages)> ReadAsync(
        TopicId topic, string pattern, int most, CancellationToken cancellation);
}
