namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Reads one protocol's property blocks for everyone else. Pure and thread-safe. Blocks are bytes that a client
/// made, and they are read on the core's threads: a reader never throws for a block that its own protocol lets in.
/// Where one does all the same, the node goes on as if the block were empty, and logs an Error.
/// </summary>
public interface IPropertyReader
{
    PropertyFormat Format { get; }

    MessageProperties Read(ReadOnlyMemory<byte> properties);

    /// <summary>The whole message, for consumers of other protocols.</summary>
    /// <param name="message">Of this format.</param>
    /// <param name="maxBodyBytes">Largest body that may be made; one that would become larger stays as it is stored.</param>
    MessageContent Content(StoredMessage message, int maxBodyBytes) => new(Read(message.Properties), message.Body);

    /// <summary>The id that the protocol gives a message by its place in the queue that it was sent to.</summary>
    /// <param name="sequence">Number in that queue.</param>
    /// <returns>Null: ids are the publishers', and in the block.</returns>
    string? MessageIdOf(long sequence) => null;

    /// <summary>Headers for matching; asked for when a dead letter, or a parked message, meets a topic of kind
    /// Headers.</summary>
    IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties);
}
