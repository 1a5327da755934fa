namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Says when a group is due for a snapshot: by bytes of log since the last one, or by its commands, which a start
/// has to apply again; by age when anything happened at all; or when its newest entries keep old segments of the node's
/// log, which may be full of other groups' garbage.</summary>
/// <param name="logBytes">Log of the group after which one is due.</param>
/// <param name="keptBytes">Log of all groups that the newest entries of one may keep.</param>
/// <param name="shortBytes">The same while the disk is short of space.</param>
internal sealed class SnapshotPolicy(long logBytes, long keptBytes, long shortBytes)
{
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(5);

    /// <summary>The same while space is short, and as long as a large one takes, roughly.</summary>
    private static readonly TimeSpan ShortAge = TimeSpan.FromSeconds(2);

    private const long BytesPerSecond = 16 * 1024 * 1024;

    /// <summary>After so long without a command one is due, too: what aged out or was settled last is seen to be dead by a
    /// snapshot only.</summary>
    private static readonly TimeSpan QuietAge = TimeSpan.FromSeconds(10);

    /// <summary>A large state is not written after each of a few commands.</summary>
    private const long QuietBytesPerSecond = 1024 * 1024;

    /// <summary>Commands since the last one, a count: with small messages they take longer at the next start than their
    /// bytes say, about a second for these.</summary>
    private const long MaxCommands = 1_000_000;

    private long _bytes;
    private long _commands;
    private long _entries;
    private long _lastBytes;
    private long _lastTimestamp = -1;
    private long _seenEntries;
    private long _seenTimestamp;

    /// <summary>Nothing was applied since the last one.</summary>
    public bool IsIdle => _entries == 0;

    /// <summary>Log of all groups, in bytes, behind which entries of this one keep segments for too long. A snapshot
    /// frees them, and costs its own size.</summary>
    public long KeptBytes(bool isShort) => Math.Max(isShort ? shortBytes : keptBytes, 2 * _lastBytes);

    public void Applied(int payloadBytes, int commands)
    {
        _bytes += payloadBytes;
        _commands += commands;
        _entries++;
    }

    /// <param name="time">Clock.</param>
    /// <param name="keepsOld">Entries that only a snapshot frees lie further back than <see cref="KeptBytes"/>.</param>
    /// <param name="isShort">The disk is short of space: what was settled has to go soon.</param>
    public bool IsDue(TimeProvider time, bool keepsOld, bool isShort)
    {
        if (_lastTimestamp < 0)
            _lastTimestamp = time.GetTimestamp();
        if (_entries == 0)
            return false;
        if (_entries != _seenEntries)
            (_seenEntries, _seenTimestamp) = (_entries, time.GetTimestamp());
        bool isLong = _bytes >= logBytes || _commands >= MaxCommands;
        TimeSpan age = isShort ? ShortAge + TimeSpan.FromSeconds(_lastBytes / BytesPerSecond)
            : time.GetElapsedTime(_seenTimestamp) >= QuietAge
                ? QuietAge + TimeSpan.FromSeconds(_lastBytes / QuietBytesPerSecond)
            : Age;
        return keepsOld || (isLong && _bytes >= 2 * _lastBytes) || time.GetElapsedTime(_lastTimestamp) >= age;
    }

    public void Started(TimeProvider time, long snapshotBytes)
    {
        _bytes = 0;
        _commands = 0;
        _entries = _seenEntries = 0;
        _lastBytes = snapshotBytes;
        _lastTimestamp = time.GetTimestamp();
    }
}
