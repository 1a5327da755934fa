using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Builds packet bodies and property blocks in a buffer that is used again. Not thread-safe.</summary>
public sealed class MqttFieldWriter
{
    private byte[] _buffer = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Byte(byte value) => Next(1)[0] = value;

    public void Short(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Next(2), value);

    public void Long(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Next(4), value);

    public void Variable(int value)
    {
        Span<byte> next = Next(VariableBytes(value));
        WriteVariable(next, value);
    }

    public void Text(string text)
    {
        int bytes = MqttText.ByteCount(text);
        Short((ushort)bytes);
        Encoding.UTF8.GetBytes(text, Next(bytes));
    }

    public void Binary(ReadOnlySpan<byte> bytes)
    {
        Short((ushort)bytes.Length);
        Bytes(bytes);
    }

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Next(bytes.Length));

    /// <summary>Length of a variable byte integer, 1 to 4.</summary>
    public static int VariableBytes(int value) => value switch
    {
        < 1 << 7 => 1,
        < 1 << 14 => 2,
        < 1 << 21 => 3,
        _ => 4,
    };

    /// <returns>Bytes written.</returns>
    public static int WriteVariable(Span<byte> target, int value)
    {
        int count = VariableBytes(value);
        for (int i = 0; i < count; i++)
        {
            target[i] = (byte)((value & 0x7F) | (i < count - 1 ? 0x80 : 0));
            value >>= 7;
        }
        return count;
    }

    /// <summary>Puts the length of what was written since <paramref name="start"/> in front of it.</summary>
    public void PrefixLength(int start)
    {
        int bytes = Length - start;
        int prefix = VariableBytes(bytes);
        Next(prefix);
        _buffer.AsSpan(start, bytes).CopyTo(_buffer.AsSpan(start + prefix));
        WriteVariable(_buffer.AsSpan(start), bytes);
    }

    private Span<byte> Next(int bytes)
    {
        if (Length + bytes > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        Span<byte> next = _buffer.AsSpan(Length, bytes);
        Length += bytes;
        return next;
    }
}
