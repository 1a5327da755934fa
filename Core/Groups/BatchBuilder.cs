using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Collects commands into batches. Write a command's bytes, then call <see cref="EndCommand"/>. Not thread-safe.
/// </summary>
public sealed class BatchBuilder : IBufferWriter<byte>
{
    /// <summary>Slots are 16 bits wide in a row.</summary>
    public const int MaxCommands = 65_536;

    /// <summary>Largest command, in bytes: with what a batch has before it, and with its table, it fits an entry of the
    /// log by far (a page of 4 MiB). Whoever takes commands in refuses a larger one before it is in a batch.</summary>
    public const int MaxCommandBytes = 3 * 1024 * 1024;

    /// <summary>A buffer that has grown beyond this for one large command is not kept for the next batch.</summary>
    private const int KeptBytes = 128 * 1024;

    private readonly List<int> _ends = [];
    private byte[] _buffer;
    private int _written = BatchHeader.Size;

    public BatchBuilder(int capacity = 1024) => _buffer = new byte[Math.Max(capacity, BatchHeader.Size)];

    public int Count => _ends.Count;

    /// <summary>Bytes so far, header included, table not.</summary>
    public int Bytes => _written;

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(_written);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsSpan(_written);
    }

    public void EndCommand() => _ends.Add(_written);

    /// <summary>Takes back what was written of a command that was not ended.</summary>
    /// <param name="bytes"><see cref="Bytes"/> before it.</param>
    public void TakeBack(int bytes) => _written = bytes;

    /// <summary>Adds a command that is encoded already.</summary>
    public void Add(ReadOnlySpan<byte> command)
    {
        this.Write(command);
        EndCommand();
    }

    /// <summary>Finishes the batch; the builder is empty again. The batch lies in an array of just its size, because
    /// logs keep batches in memory by the number of their bytes.</summary>
    public Memory<byte> Seal(BatchKind kind, LaneSource source, long number, long seenUpTo)
    {
        var batch = new byte[_written + (4 * _ends.Count)];
        _buffer.AsSpan(0, _written).CopyTo(batch);
        Span<byte> table = batch.AsSpan(_written);
        for (int i = 0; i < _ends.Count; i++)
            BinaryPrimitives.WriteInt32LittleEndian(table[(4 * i)..], _ends[i]);
        new BatchHeader(kind, source, number, seenUpTo, 0, _ends.Count).Write(batch, _written);
        Clear();
        return batch;
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        _ends.Clear();
        _written = BatchHeader.Size;
        if (_buffer.Length > KeptBytes)
            _buffer = new byte[BatchHeader.Size];
    }

    private void Reserve(int size)
    {
        int needed = _written + Math.Max(size, 1);
        if (needed > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(needed, _buffer.Length * 2));
    }
}
