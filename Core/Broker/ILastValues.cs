namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// The newest retained message per topic and key (DESIGN section 2, Last value); replicated, in the data group that the
/// key hashes to, and written by <see cref="Publication.LastValue"/>, which counts as one more durable target.
/// </summary>
public interface ILastValues
{
    /// <summary>Reads what is retained now under keys that a pattern matches, expired ones left out.</summary>
    /// <param name="topic">Where they were published.</param>
    /// <param name="pattern">A pattern as of a topic of kind <see cref="TopicKind.Pattern"/>; without wildcards only
    /// one group is asked.</param>
    /// <param name="most">Messages, at most.</param>
    /// <param name="cancellation">Gives up waiting.</param>
    /// <returns>Ok, Unavailable, TimedOut.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<StoredMessage> Messages)> ReadAsync(
        TopicId topic, string pattern, int most, CancellationToken cancellation);
}
