namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>One slot of a group's Raft log.</summary>
/// <param name="Index">Raft log index, 1-based.</param>
/// <param name="Term">Raft term in which a leader created it.</param>
/// <param name="Kind">What the payload is.</param>
/// <param name="Payload">At most 1 MiB; never changed after it was proposed, and shared between readers.</param>
public readonly record struct Entry(long Index, long Term, EntryKind Kind, ReadOnlyMemory<byte> Payload);
