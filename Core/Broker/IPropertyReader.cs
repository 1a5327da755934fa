namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Reads one protocol's property blocks for everyone else. Pure and thread-safe.</summary>
public interface IPropertyReader
{
    PropertyFormat Format { get; }

    MessageProperties Read(ReadOnlyMemory<byte> properties);

    /// <summary>The id that the protocol gives a message by its place in the queue that it was sent to.</summary>
    /// <param name="sequence">Number in that queue.</param>
    /// <returns>Null: ids are the publishers', and in the block.</returns>
    string? MessageIdOf(long sequence) => null;

    /// <summary>Headers for matching, decoded lazily; used when a dead letter meets a topic of kind Headers.</summary>
    IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties);
}
