namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A member of a consumer group.</summary>
/// <param name="Name">Unique in the group, 1 to 255 bytes of UTF-8; a later join of the same name replaces the earlier
/// one, also by another connection.</param>
/// <param name="Metadata">The adapter's own bytes, such as its subscriptions; at most
/// <see cref="MaxMetadataBytes"/>.</param>
public sealed record ConsumerMember(string Name, ReadOnlyMemory<byte> Metadata)
{
    /// <summary>Longest metadata of a member, bytes.</summary>
    public const int MaxMetadataBytes = 64 * 1024;
}
