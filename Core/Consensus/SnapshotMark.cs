namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>Names a snapshot of a group: everything up to and including the entry (index, term) is in it.</summary>
public sealed record SnapshotMark(long Index, long Term, GroupMembers Members);
