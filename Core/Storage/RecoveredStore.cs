using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>What start-up found and put in order.</summary>
/// <param name="Index">Groups and sealed segments.</param>
/// <param name="Snapshots">Marks of the snapshot files in place.</param>
/// <param name="LastSequence">Last frame of the chain.</param>
internal sealed record RecoveredStore(
    StoreIndex Index, Dictionary<GroupId, SnapshotMark> Snapshots, long LastSequence);
