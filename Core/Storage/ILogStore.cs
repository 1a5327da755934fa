using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The one sequential store of a node: frames of all its groups in one chain of segments, written by one dedicated
/// thread. Thread-safe. Every write after the first failed one fails; the host then stops the node.
/// </summary>
public interface ILogStore : IAsyncDisposable
{
    /// <summary>What an empty store got when it was made; an emptied disk is a new replica.</summary>
    Guid StoreId { get; }

    /// <summary>Counted up, durably, at every opening; starts at 1.</summary>
    long Incarnation { get; }

    /// <summary>What recovery found, per group that has anything.</summary>
    IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered { get; }

    /// <summary>
    /// Queues one write; returns at once unless the bounded queue (bytes) is full, then blocks until there is room.
    /// Writes become durable in the order of the calls. <see cref="StoreWrite.Completed"/> is called on the writer
    /// thread after the write is durable and must only hand the news on.
    /// </summary>
    /// <exception cref="LogStoreException">The store has failed or is closed.</exception>
    void Append(StoreWrite write);

    /// <summary>Called once, on the writer thread, when a write or flush has failed. The node must stop.</summary>
    event Action<Exception>? Failed;

    /// <summary>Reads durable entries [first, last] of a group into memory, in index order; stops after
    /// <paramref name="maxBytes"/> of payload, but gives at least one. CRC checked.</summary>
    /// <exception cref="LogStoreException">An entry is missing or damaged.</exception>
    IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes);

    /// <summary>Term of a durable entry that is still stored. Below a snapshot it may also know that of an entry that is
    /// not.</summary>
    bool TryGetTerm(GroupId group, long index, out long term);

    /// <summary>
    /// Stores a snapshot of a group: written to a temporary file, fsynced, renamed, directory fsynced; replaces the
    /// group's previous one. Blocks until durable. Entries up to <paramref name="mark"/>'s index are from then on
    /// kept only as far as <see cref="Reclaim"/> says that they are live.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="mark">Not below the one before.</param>
    /// <param name="state">The state machine's own bytes; the store adds checksum and identity.</param>
    /// <param name="blocks">The blocks that the state names, captured with it; durable before the snapshot counts. Null =
    /// it names none.</param>
    void SaveSnapshot(
        GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null);

    /// <summary>The group's blocks: at first those that its snapshot names. Always the same object.</summary>
    IGroupBlocks Blocks(GroupId group);

    /// <summary>The newest snapshot of a group, checksum verified.</summary>
    bool TryReadSnapshot(GroupId group, out SnapshotMark? mark, out ReadOnlySequence<byte> state);

    /// <summary>
    /// Tells which entries at or below the group's snapshot are still referenced; all above it are live. Sealed
    /// segments in which no group has a live entry are deleted, in any order; those in which little is live are emptied
    /// (<see cref="FindSparse"/>).
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="liveIndexes">Ascending; an <see cref="Groups.IndexSet"/> says also what they are worth.</param>
    /// <param name="wholeFrom">From this index on all entries stay, and stay whole, also those below the
    /// snapshot.</param>
    void Reclaim(GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue);

    /// <summary>Entries of the group that keep a segment of which hardly anything else is live: what lives of them is to
    /// be moved by <see cref="Rewrite"/>. Null: there are none now, or enough was moved for the moment.</summary>
    SparseRun? FindSparse(GroupId group);

    /// <summary>
    /// Moves entries to the end of the chain, under their index and term, perhaps with smaller payloads; durable there
    /// before their old place may go. From then on the run is without its part up to an index. Nothing happens if the
    /// run is not there any more. A crash in between leaves each entry in one place that counts, the old or the new one.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="run">As <see cref="FindSparse"/> gave it; one at a time of a group.</param>
    /// <param name="upTo">Last index that this is about, within the run.</param>
    /// <param name="entries">What lives of the run up to there, ascending; what it lacks is given up.</param>
    /// <param name="weight">What they are worth together (<see cref="Groups.IndexSet.Weigh"/>).</param>
    void Rewrite(GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight);

    /// <summary>First of the group's newest entries that lie wholly within the last so many bytes of the chain; one above
    /// its last entry if none does.</summary>
    long FirstWithin(GroupId group, long bytes);

    /// <summary>The disk is short of space: segments are emptied earlier, and faster.</summary>
    bool IsShort { get; set; }

    /// <summary>Drops everything of a group (a follower that takes over a snapshot does so first) by a tombstone frame.</summary>
    void DropGroup(GroupId group);

    /// <summary>
    /// Stores live entries of a snapshot that is being received, ascending, with gaps; durable when it returns. They
    /// are garbage until <see cref="Install"/>, and forgotten by <see cref="DropStaged"/> and by a restart.
    /// </summary>
    void Stage(GroupId group, IReadOnlyList<Entry> entries);

    /// <summary>
    /// Stores blocks that a snapshot names which is being received; durable only by <see cref="Install"/>, and else
    /// treated as staged entries are.
    /// </summary>
    void StageBlocks(GroupId group, IReadOnlyList<Block> blocks);

    /// <summary>Forgets what was staged for a group; its space comes back.</summary>
    void DropStaged(GroupId group);

    /// <summary>Forgets the blocks that were staged for a group, and keeps the entries: staging goes on above them.</summary>
    /// <returns>Index of the last entry that is staged, 0 when none is.</returns>
    long ResumeStaged(GroupId group);

    /// <summary>
    /// Replaces everything of a group by a received snapshot and the entries and blocks staged for it, in one step that a
    /// crash cannot cut in two; the group's hard state stays. Durable when it returns. The log goes on at mark.Index + 1.
    /// Nothing else of the group may be under way.
    /// </summary>
    /// <param name="group">The group.</param>
    /// <param name="mark">Above the group's own snapshot, not below any staged entry.</param>
    /// <param name="state">The state machine's own bytes.</param>
    void Install(GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state);

    /// <summary>Bytes that were handed in to be written since the store was opened, or will soon be.</summary>
    long WrittenBytes { get; }

    /// <summary>Bytes that the store occupies on disk.</summary>
    long DiskBytes { get; }
}
