using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What the recovery scan found of a group.</summary>
/// <param name="HardState">Last one durable.</param>
/// <param name="Snapshot">Newest complete snapshot, or null.</param>
/// <param name="FirstIndex">First entry from which the log is contiguous up to <paramref name="LastIndex"/>.
/// LastIndex + 1 when there is none.</param>
/// <param name="LastIndex">Last durable entry that was not superseded; the snapshot's index when none follows.</param>
public sealed record RecoveredGroup(HardState HardState, SnapshotMark? Snapshot, long FirstIndex, long LastIndex);
