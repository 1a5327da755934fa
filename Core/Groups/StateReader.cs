using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Reads what <see cref="StateWriter"/> wrote, over one piece of memory.</summary>
/// <remarks>Whatever is too short or counts too much is a <see cref="MalformedException"/>: whether that is our bug or
/// a peer's depends on who wrote it.</remarks>
public ref struct StateReader(ReadOnlyMemory<byte> input)
{
    private readonly ReadOnlyMemory<byte> _input = input;
    private int _at;

    public readonly int Remaining => _input.Length - _at;

    public byte ReadByte() => Take(1)[0];

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64LittleEndian(Take(8));

    public Guid ReadGuid() => new(Take(16));

    /// <summary>A number of things that follow, each at least a byte long.</summary>
    public int ReadCount()
    {
        int count = ReadInt32();
        MalformedException.ThrowIf(count < 0 || count > Remaining, "a count exceeds what follows it");
        return count;
    }

    public string ReadText() => Encoding.UTF8.GetString(ReadBytes().Span);

    /// <summary>A part of the input, not a copy.</summary>
    public ReadOnlyMemory<byte> ReadBytes()
    {
        int length = ReadCount();
        ReadOnlyMemory<byte> bytes = _input.Slice(_at, length);
        _at += length;
        return bytes;
    }

    public ReadOnlyMemory<byte> ReadRest()
    {
        ReadOnlyMemory<byte> bytes = _input[_at..];
        _at = _input.Length;
        return bytes;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        MalformedException.ThrowIf(count > Remaining, "the input ends too early");
        ReadOnlySpan<byte> span = _input.Span.Slice(_at, count);
        _at += count;
        return span;
    }
}
