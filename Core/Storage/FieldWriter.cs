using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Writes little-endian fields one after the other.</summary>
internal ref struct FieldWriter(Span<byte> target)
{
    private readonly Span<byte> _target = target;

    public int Position { get; private set; }

    public void Byte(byte value) => _target[Position++] = value;

    public void Int32(int value) => BinaryPrimitives.WriteInt32LittleEndian(Take(sizeof(int)), value);

    public void UInt32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(sizeof(uint)), value);

    public void Int64(long value) => BinaryPrimitives.WriteInt64LittleEndian(Take(sizeof(long)), value);

    public void Guid(Guid value) => value.TryWriteBytes(Take(16));

    public void Bytes(ReadOnlySpan<byte> value) => value.CopyTo(Take(value.Length));

    private Span<byte> Take(int count)
    {
        Span<byte> field = _target.Slice(Position, count);
        Position += count;
        return field;
    }
}
