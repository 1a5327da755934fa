namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>A member of a consumer group.</summary>
/// <param name="Owner">The connection that joined last under the name; the member goes with it.</param>
/// <param name="SessionTimeoutMs">Silence after which the leader drops it, ms.</param>
/// <param name="Metadata">The adapter's own bytes.</param>
/// <param name="Number">Never used twice; a later join has a higher one.</param>
internal sealed record GroupMember(
    ConnectionKey Owner, int SessionTimeoutMs, ReadOnlyMemory<byte> Metadata, long Number);
