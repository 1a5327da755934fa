namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// The durable part of a group's log as the Raft engine sees it, handed in by the host. The engine keeps what is
/// not yet durable itself. Called on the group's thread only; reads are synchronous.
/// </summary>
public interface IRaftLog
{
    /// <summary>First index that <see cref="Read"/> can give; 1 when nothing was ever cut. FirstIndex = LastIndex + 1
    /// when the log is empty above the snapshot.</summary>
    long FirstIndex { get; }

    /// <summary>Last durable index, or the snapshot's index when nothing follows it.</summary>
    long LastIndex { get; }

    /// <summary>Term of an entry in [FirstIndex - 1, LastIndex].</summary>
    /// <returns><see langword="false"/> when the index is outside: cut away, or not there yet.</returns>
    bool TryGetTerm(long index, out long term);

    /// <summary>Entries from <paramref name="first"/>, at least one, up to <paramref name="last"/> or until
    /// <paramref name="maxBytes"/> of payload are exceeded.</summary>
    IReadOnlyList<Entry> Read(long first, long last, int maxBytes);

    /// <summary>The newest snapshot that can be sent to a follower whose entries were cut; null when there is none.</summary>
    SnapshotMark? Snapshot { get; }
}
