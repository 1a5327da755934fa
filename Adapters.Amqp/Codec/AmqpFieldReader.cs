using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Reads the fields of a method (4.2.5) from its payload.</summary>
/// <exception cref="AmqpProtocolException">501 from every method: the payload ends too early or does not make
/// sense.</exception>
public ref struct AmqpFieldReader(ReadOnlySpan<byte> payload, AmqpStringCache? strings = null)
{
    private readonly ReadOnlySpan<byte> _payload = payload;
    private int _position;

    public readonly int Remaining => _payload.Length - _position;

    public byte Octet() => Take(1)[0];

    public ushort Short() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint Long() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public ulong LongLong() => BinaryPrimitives.ReadUInt64BigEndian(Take(8));

    public string ShortString()
    {
        ReadOnlySpan<byte> utf8 = Take(Octet());
        return strings is null ? AmqpStringCache.Decode(utf8) : strings.Get(utf8);
    }

    /// <summary>A long string's bytes, copied.</summary>
    public byte[] LongString() => LongBytes().ToArray();

    /// <summary>A field table, copied and checked to its depth.</summary>
    public AmqpTable Table()
    {
        ReadOnlySpan<byte> table = LongBytes();
        if (table.IsEmpty)
            return AmqpTable.Empty;
        AmqpTableReader.Validate(table);
        return new AmqpTable(table.ToArray());
    }

    /// <summary>A method's fields fill its payload exactly.</summary>
    public readonly void End()
    {
        if (Remaining != 0)
            throw AmqpProtocolException.CannotDecode(_payload);
    }

    private ReadOnlySpan<byte> LongBytes()
    {
        uint length = Long();
        if (length > Remaining)
            throw AmqpProtocolException.CannotDecode(_payload);
        return Take((int)length);
    }

    private ReadOnlySpan<byte> Take(int bytes)
    {
        if (bytes > Remaining)
            throw AmqpProtocolException.CannotDecode(_payload);
        ReadOnlySpan<byte> taken = _payload.Slice(_position, bytes);
        _position += bytes;
        return taken;
    }
}
