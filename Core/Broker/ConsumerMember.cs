namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A member of a consumer group.</summary>
/// <param name="Name">Unique in the group; a later join of the same name replaces the earlier one.</param>
/// <param name="Metadata">The adapter's own bytes, such as its subscriptions; at most 64 KiB.</param>
public sealed record ConsumerMember(string Name, ReadOnlyMemory<byte> Metadata);
