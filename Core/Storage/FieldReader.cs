using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Reads what <see cref="FieldWriter"/> wrote; only for bytes whose checksum was good.</summary>
internal ref struct FieldReader(ReadOnlySpan<byte> source)
{
    private readonly ReadOnlySpan<byte> _source = source;
    private int _position;

    public byte Byte() => Take(1)[0];

    public int Int32() => BinaryPrimitives.ReadInt32LittleEndian(Take(sizeof(int)));

    public uint UInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));

    public long Int64() => BinaryPrimitives.ReadInt64LittleEndian(Take(sizeof(long)));

    public Guid Guid() => new(Take(16));

    /// <exception cref="InvariantException">There are not so many.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        Invariant.Check(count >= 0 && count <= _source.Length - _position, "what the store wrote ends early");
        ReadOnlySpan<byte> field = _source.Slice(_position, count);
        _position += count;
        return field;
    }
}
