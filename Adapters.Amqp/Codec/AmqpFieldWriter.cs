using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Builds method payloads, tables and property blocks in a buffer that is used again. Not
/// thread-safe.</summary>
public sealed class AmqpFieldWriter
{
    /// <summary>Longest short string, in bytes.</summary>
    public const int MaxShortStringBytes = 255;

    private byte[] _buffer = new byte[256];

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, Length);

    public void Clear() => Length = 0;

    public void Octet(byte value) => Next(1)[0] = value;

    public void Short(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Next(2), value);

    public void Long(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Next(4), value);

    public void LongLong(ulong value) => BinaryPrimitives.WriteUInt64BigEndian(Next(8), value);

    /// <summary>Up to eight booleans in one octet, the first in the lowest bit.</summary>
    public void Bits(bool first, bool second = false, bool third = false, bool fourth = false, bool fifth = false) =>
        Octet((byte)((first ? 1 : 0) | (second ? 2 : 0) | (third ? 4 : 0) | (fourth ? 8 : 0) | (fifth ? 16 : 0)));

    /// <summary>A text above 255 bytes is cut to 252 and ends in three dots, as RabbitMQ does it.</summary>
    public void ShortString(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        if (bytes <= MaxShortStringBytes)
        {
            Octet((byte)bytes);
            Encoding.UTF8.GetBytes(text, Next(bytes));
            return;
        }
        byte[] all = Encoding.UTF8.GetBytes(text);
        int cut = MaxShortStringBytes - 3;
        while ((all[cut] & 0xC0) == 0x80)
            cut--;
        Octet((byte)(cut + 3));
        Bytes(all.AsSpan(0, cut));
        Bytes("..."u8);
    }

    public void LongString(ReadOnlySpan<byte> bytes)
    {
        Long((uint)bytes.Length);
        Bytes(bytes);
    }

    public void Table(AmqpTable table) => LongString(table.Encoded.Span);

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Next(bytes.Length));

    /// <summary>Leaves room for a length that is known later.</summary>
    /// <returns>For <see cref="EndLength"/>.</returns>
    public int BeginLength()
    {
        Long(0);
        return Length;
    }

    public void EndLength(int begin) =>
        BinaryPrimitives.WriteUInt32BigEndian(_buffer.AsSpan(begin - 4), (uint)(Length - begin));

    private Span<byte> Next(int bytes)
    {
        if (Length + bytes > _buffer.Length)
            Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, Length + bytes));
        Span<byte> next = _buffer.AsSpan(Length, bytes);
        Length += bytes;
        return next;
    }
}
