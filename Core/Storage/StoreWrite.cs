using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>One atomic request to the store: a hard state, entries, or both, of one group.</summary>
/// <param name="Group">The group.</param>
/// <param name="HardState">Null when unchanged.</param>
/// <param name="Entries">
/// Consecutive indexes, ascending; empty when only the hard state changes. The first may be at or below an index
/// stored before: then these entries supersede everything from that index on, also when fewer follow (Raft 5.3).
/// </param>
/// <param name="Completed">Called on the writer thread when all of it is durable.</param>
public sealed record StoreWrite(GroupId Group, HardState? HardState, IReadOnlyList<Entry> Entries, Action? Completed);
