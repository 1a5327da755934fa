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

    /// <summary>The id that the protocol gives a message by its place in the queue that it was sent to.</summary>
    /// <param name="sequence">Number in that queue.</param>
    /// <returns>Null: ids are the publishers', and in the block.</returns>
    string? MessageIdOf(long sequence) => null;

    /// <summary>Headers for matching; asked for when a dead letter, or a parked message, meets a topic of kind
    /// Headers.</summary>
    IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties);
}
