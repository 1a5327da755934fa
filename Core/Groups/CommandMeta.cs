namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Where and when a command stands in its group's log.</summary>
/// <param name="Index">Raft log index, 1-based.</param>
/// <param name="Term">Raft term.</param>
/// <param name="TimestampMs">Log time: Unix ms, stamped on the entry by the leader, never goes back; Core's only clock.</param>
/// <param name="Slot">Place of the command, and of the unit it stores, in the entry, 0-based, below 65,536.</param>
/// <param name="Source">Whose lane it came by.</param>
public readonly record struct CommandMeta(long Index, long Term, long TimestampMs, int Slot, LaneSource Source);
