namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Reads one protocol's property blocks for everyone else. Pure and thread-safe.</summary>
public interface IPropertyReader
{
    PropertyFormat Format { get; }

    MessageProperties Read(ReadOnlyMemory<byte> properties);

    /// <summary>Headers for matching, decoded lazily; used when a dead letter meets a topic of kind Headers.</summary>
    IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties);
}
