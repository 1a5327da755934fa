namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Limits of a queue group. They decide what apply does, so every member of a group must have the same: they
/// change with the machine version, not by configuration. (A local group has one member; only it sets
/// <see cref="MaxStoredBytes"/>.)
/// </summary>
public sealed record QueueMachineOptions
{
    /// <summary>Largest body, in bytes; above: TooLarge.</summary>
    public int MaxMessageBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>All stored commands that are alive, in bytes; above: Full. Null = the disk decides.</summary>
    public long? MaxStoredBytes { get; init; }

    /// <summary>Waiting dead letters and the outbox, in bytes; above, queues with a dead-letter target stop
    /// delivering, expiring and taking messages.</summary>
    public long MaxDutyBytes { get; init; } = 64L * 1024 * 1024;

    /// <summary>Bodies that are being sent ahead of their publish, a count; above: LimitReached.</summary>
    public int MaxUploads { get; init; } = 4_096;

    /// <summary>A body without a publish goes this long after its last piece.</summary>
    public long UploadTimeoutMs { get; init; } = 60_000;

    /// <summary>Consumers of one queue, a count; above: LimitReached.</summary>
    public int MaxConsumersPerQueue { get; init; } = 65_536;

    /// <summary>
    /// Returned messages of a queue whose deliveries are counted; further ones count as never delivered.
    /// </summary>
    public int MaxCountedPerQueue { get; init; } = 1_000_000;

    /// <summary>Producers whose numbers are kept, a count; above, the one not heard of for longest is
    /// forgotten.</summary>
    public int MaxProducers { get; init; } = 1_000_000;

    /// <summary>Parked messages, a count each of prepared ones, of those with a time, and of the others, which are wills;
    /// above: TooManyHeld.</summary>
    public int MaxParked { get; init; } = 1_000_000;

    /// <summary>Messages that one tick moves; the rest waits for the next.</summary>
    public int MaxWorkPerTick { get; init; } = 65_536;

    /// <summary>
    /// Retention and the end of the rewind window may be this late, so that ticks stay rare.
    /// </summary>
    public long AgeSlackMs { get; init; } = 500;

    /// <summary>Rows after which a block is sealed, a count within 1..<see cref="MostRowsPerBlock"/>.</summary>
    public int RowsPerBlock { get; init; } = MostRowsPerBlock;

    public const int MostRowsPerBlock = RowBlock.Capacity;
}
