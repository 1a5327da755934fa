namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>How a <see cref="FasterLogStore"/> is laid out and bounded.</summary>
public sealed record LogStoreOptions
{
    /// <summary>Folder of the store; created when missing. One process at a time.</summary>
    public required string Directory { get; init; }

    /// <summary>log2 of a segment's size in bytes; 16..30 and at least <see cref="PageBits"/> + 2.</summary>
    public int SegmentBits { get; init; } = 28;

    /// <summary>log2 of a page in bytes; 12..26. No frame, and so no entry, is larger than a page.</summary>
    public int PageBits { get; init; } = 22;

    /// <summary>log2 of the write buffer in bytes; at least <see cref="PageBits"/> + 2, at most 30.</summary>
    public int MemoryBits { get; init; } = 25;

    /// <summary>Bytes handed to <see cref="ILogStore.Append"/> and not yet durable above which it
    /// blocks.</summary>
    public long MaxPendingBytes { get; init; } = 64L << 20;

    /// <summary>Milliseconds that one commit may take; then the store has failed.</summary>
    public int WatchdogMs { get; init; } = 10_000;

    /// <summary>Sealed segments whose file handle and index map are kept ready for reading.</summary>
    public int CachedSegments { get; init; } = 32;

    /// <summary>Index maps of sealed segments kept in memory, bytes: eight for each entry, so with small entries they
    /// bound the number of segments.</summary>
    public long CachedMapBytes { get; init; } = 32L << 20;

    /// <summary>Bytes of a file of blocks; the next one begins where a record would exceed it.</summary>
    public int BlockFileBytes { get; init; } = 64 << 20;

    /// <summary>Bytes a second that are moved out of mostly dead segments, at most; four times as many while
    /// <see cref="ILogStore.IsShort"/>.</summary>
    public long RewriteBytesPerSecond { get; init; } = 32L << 20;

    /// <summary>Bytes a second that are read to find damage before it is met, at most; 0: nothing is.</summary>
    public long CheckBytesPerSecond { get; init; }

    /// <summary>The clock of rewriting.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <exception cref="ArgumentOutOfRangeException">A value is outside its range.</exception>
    internal void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Directory);
        Require(PageBits is >= 12 and <= 26, nameof(PageBits));
        Require(SegmentBits is >= 16 and <= 30 && SegmentBits >= PageBits + 2, nameof(SegmentBits));
        Require(MemoryBits <= 30 && MemoryBits >= PageBits + 2, nameof(MemoryBits));
        Require(MaxPendingBytes > 0, nameof(MaxPendingBytes));
        Require(WatchdogMs > 0, nameof(WatchdogMs));
        Require(CachedSegments > 0, nameof(CachedSegments));
        Require(CachedMapBytes > 0, nameof(CachedMapBytes));
        Require(BlockFileBytes > 0, nameof(BlockFileBytes));
        Require(RewriteBytesPerSecond > 0, nameof(RewriteBytesPerSecond));
        Require(CheckBytesPerSecond >= 0, nameof(CheckBytesPerSecond));
    }

    private static void Require(bool holds, string name)
    {
        if (!holds)
            throw new ArgumentOutOfRangeException(name, $"The store setting {name} is outside its range.");
    }
}
