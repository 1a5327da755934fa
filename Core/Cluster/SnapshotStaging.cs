using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What is in the store of a snapshot that did not come whole: live entries, ascending. The next transfer goes on behind
/// them if its own snapshot is not older, because what lives of a log only becomes less: whatever that one needs up to
/// there came with the first. One transfer at a time.
/// </summary>
internal sealed class SnapshotStaging(GroupId group, ILogStore store, NodeServices services)
{
    /// <summary>Nobody has gone on for so long: the space is worth more than what was sent.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(5);

    private long _mark;
    private long _since;
    private bool _isWaiting;

    /// <summary>A transfer begins. Blocks of the one before are forgotten: they may not be named any more.</summary>
    /// <param name="mark">Index of its snapshot.</param>
    /// <returns>Up to which index all that it needs is staged; 0: nothing is.</returns>
    public long Begin(long mark)
    {
        long last = store.ResumeStaged(group);
        if (last > 0 && mark < _mark)
        {
            store.DropStaged(group);
            last = 0;
        }

        if (last > 0)
            GroupTrace.SnapshotGoesOn(services.Log, group, last, mark);
        _mark = mark;
        return last;
    }

    /// <summary>The transfer ended, and its snapshot was installed or is of no use.</summary>
    public void Decided(bool installed)
    {
        if (!installed)
            store.DropStaged(group);
        _mark = 0;
    }

    /// <summary>The transfer ended before its snapshot was whole.</summary>
    public void BrokenOff() => _since = services.Time.GetTimestamp();

    /// <summary>Whether the disk has room for a piece. The first that has to wait is told of, and the first that has
    /// not.</summary>
    public bool HasRoom(long bytes)
    {
        bool isWaiting = bytes > 0 && !services.HasRoom(bytes);
        if (isWaiting && !_isWaiting)
            GroupTrace.SnapshotWaits(services.Log, group);
        else if (bytes > 0 && !isWaiting && _isWaiting)
            GroupTrace.SnapshotHasRoom(services.Log, group);
        if (bytes > 0)
            _isWaiting = isWaiting;
        return !isWaiting;
    }

    /// <summary>While no transfer runs: whether it is of no use any more.</summary>
    /// <param name="applied">Last entry that the group has applied.</param>
    public bool IsAbandoned(long applied) =>
        _mark > 0 && (applied >= _mark || services.Time.GetElapsedTime(_since) > KeptFor);
}
