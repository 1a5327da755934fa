using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// One file of blocks. Counted: it is deleted when nobody writes it, no live block lies in it and no snapshot names one
/// that does. Its users count from any thread; only one thread writes.
/// </summary>
internal sealed class BlockFile(
    BlockFolder folder, long number, string path, SafeFileHandle handle, uint seed, int length)
{
    private int _users = 1;
    private long _flushed = length;

    public long Number { get; } = number;

    public string Path { get; } = path;

    public SafeFileHandle Handle { get; } = handle;

    /// <summary>Where the checksums of its records start.</summary>
    public uint Seed { get; } = seed;

    /// <summary>End of its last record, written or about to be, in bytes.</summary>
    public int Length { get; set; } = length;

    /// <summary>Bytes of records whose blocks are live. Of the thread that writes.</summary>
    public int LiveBytes { get; set; }

    /// <summary>A crash leaves it under its name.</summary>
    public bool HasDurableName { get; set; }

    /// <summary>A block, the writer or a snapshot needs the file; whoever says so must know that it is needed
    /// already.</summary>
    public void Acquire() => Interlocked.Increment(ref _users);

    public void Release()
    {
        int users = Interlocked.Decrement(ref _users);
        Invariant.Check(users >= 0, "a file of blocks is released more often than it was acquired");
        if (users == 0)
            folder.Delete(this);
    }

    public void Write(ReadOnlySpan<byte> records, long offset) => folder.Write(this, records, offset);

    /// <summary>Makes durable what is written.</summary>
    /// <param name="length">End of what is to be durable.</param>
    public void Flush(int length)
    {
        if (Interlocked.Read(ref _flushed) >= length)
            return;
        folder.Flush(this);
        Interlocked.Exchange(ref _flushed, length);
    }

    /// <summary>Reads a record and checks it.</summary>
    /// <exception cref="LogStoreException">It is damaged, and the store has failed.</exception>
    public void Read(Span<byte> record, int offset, in Groups.BlockName name) =>
        folder.Read(this, record, offset, name);
}
