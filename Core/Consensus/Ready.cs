namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>Work that a <see cref="RaftNode"/> hands to its host. Readys are stored in the order of their
/// numbers.</summary>
/// <param name="Number">Counts up from 1 in the life of the node object.</param>
/// <param name="HardState">To be stored, in one write with <paramref name="Entries"/>; null when
/// unchanged.</param>
/// <param name="Entries">
/// To be stored; consecutive. The first may be at or below an index handed out before: it then supersedes
/// everything from there on.
/// </param>
/// <param name="Messages">May be sent at once, before the write.</param>
/// <param name="MessagesAfterStored">
/// To be sent only when this write and all earlier ones are durable, also when this Ready itself writes
/// nothing.
/// </param>
/// <param name="Committed">To be applied; each entry comes once, in order, and is durable on this
/// member.</param>
/// <param name="ReadStates">Reads that are confirmed.</param>
/// <param name="NeedSnapshot">Followers whose entries were cut; the host sends each the newest snapshot, and
/// says how it went by <see cref="RaftNode.ReportSnapshot"/>.</param>
public sealed record Ready(
    long Number,
    HardState? HardState,
    IReadOnlyList<Entry> Entries,
    IReadOnlyList<RaftMessage> Messages,
    IReadOnlyList<RaftMessage> MessagesAfterStored,
    IReadOnlyList<Entry> Committed,
    IReadOnlyList<ReadState> ReadStates,
    IReadOnlyList<NodeId> NeedSnapshot);
