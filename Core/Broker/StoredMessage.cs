using System.Buffers;

namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message as it is stored, with its overlay if it was moved. Memory is shared and never changes;
/// it stays valid as long as it is referenced.</summary>
/// <param name="Topic">Name of the topic it was published to (the overlay has a later one).</param>
/// <param name="RoutingKey">Key it was published with.</param>
/// <param name="PublishedMs">Log time of the publish, Unix ms.</param>
/// <param name="TtlMs">The message's own time to live, or null.</param>
public sealed record StoredMessage(
    string Topic,
    string RoutingKey,
    IReadOnlyList<string> MoreKeys,
    PropertyFormat Format,
    ReadOnlyMemory<byte> Properties,
    ReadOnlySequence<byte> Body,
    long PublishedMs,
    long? TtlMs,
    byte Priority,
    bool Persistent,
    Overlay? Overlay);
