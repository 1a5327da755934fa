using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Where the properties lie in a property block (flags and values, as in the header frame). Nothing
/// is decoded before it is asked for, nothing is copied.</summary>
public readonly ref struct AmqpPropertyBlock
{
    private const int Count = (int)AmqpProperty.ClusterId + 1;

    /// <summary>Flags that have no property in class basic: bit 1, and bit 0 that announces a second
    /// word.</summary>
    private const ushort UnknownFlags = 0x0003;

    private readonly ReadOnlySpan<byte> _block;
    private readonly Ends _ends;

    private AmqpPropertyBlock(ReadOnlySpan<byte> block, ushort flags, Ends ends)
    {
        _block = block;
        Flags = flags;
        _ends = ends;
    }

    public ushort Flags { get; }

    /// <summary>Finds the properties and checks the headers to their depth.</summary>
    /// <param name="block">Empty counts as a block without properties.</param>
    /// <exception cref="AmqpProtocolException">501: the block is broken.</exception>
    public static AmqpPropertyBlock Parse(ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            return default;
        if (block.Length < sizeof(ushort))
            throw AmqpProtocolException.CannotDecode(block);
        ushort flags = BinaryPrimitives.ReadUInt16BigEndian(block);
        if ((flags & UnknownFlags) != 0)
            throw AmqpProtocolException.CannotDecode(block);

        Ends ends = default;
        int position = sizeof(ushort);
        for (int i = 0; i < Count; i++)
        {
            if ((flags & FlagOf(i)) != 0)
                position = EndOf(block, (AmqpProperty)i, position);
            ends[i] = position;
        }
        if (position != block.Length)
            throw AmqpProtocolException.CannotDecode(block);
        return new AmqpPropertyBlock(block, flags, ends);
    }

    public bool Has(AmqpProperty property) => (Flags & FlagOf((int)property)) != 0;

    /// <summary>The property as it was encoded, with the length in front of strings and tables.</summary>
    public ReadOnlySpan<byte> Raw(AmqpProperty property)
    {
        if (!Has(property))
            return default;
        int start = property == 0 ? sizeof(ushort) : _ends[(int)property - 1];
        return _block[start.._ends[(int)property]];
    }

    /// <summary>A short string property's bytes; empty when it is not set.</summary>
    public ReadOnlySpan<byte> ShortString(AmqpProperty property) => Has(property) ? Raw(property)[1..] : default;

    /// <summary>A short string property as text; null when it is not set.</summary>
    public string? Text(AmqpProperty property) =>
        Has(property) ? Encoding.UTF8.GetString(ShortString(property)) : null;

    /// <summary>The encoded headers without their length; empty when not set.</summary>
    public ReadOnlySpan<byte> Headers => Has(AmqpProperty.Headers) ? Raw(AmqpProperty.Headers)[4..] : default;

    /// <summary>0 when not set.</summary>
    public byte Octet(AmqpProperty property) => Has(property) ? Raw(property)[0] : (byte)0;

    /// <summary>Seconds since 1970; null when not set.</summary>
    public ulong? Timestamp =>
        Has(AmqpProperty.Timestamp) ? BinaryPrimitives.ReadUInt64BigEndian(Raw(AmqpProperty.Timestamp)) : null;

    /// <summary>The block with other headers, or without its expiration; every other byte stays as it
    /// was.</summary>
    /// <param name="output">Appended to.</param>
    /// <param name="headers">Encoded table without length that replaces the present one.</param>
    /// <param name="keepExpiration">False removes the property.</param>
    public void Rewrite(AmqpFieldWriter output, ReadOnlySpan<byte> headers, bool keepExpiration)
    {
        int flags = Flags;
        if (!headers.IsEmpty)
            flags |= FlagOf((int)AmqpProperty.Headers);
        if (!keepExpiration)
            flags &= ~FlagOf((int)AmqpProperty.Expiration);
        output.Short((ushort)flags);
        for (int i = 0; i < Count; i++)
        {
            if ((flags & FlagOf(i)) == 0)
                continue;
            if ((AmqpProperty)i == AmqpProperty.Headers)
                output.LongString(headers);
            else
                output.Bytes(Raw((AmqpProperty)i));
        }
    }

    internal static ushort FlagOf(int property) => (ushort)(0x8000 >> property);

    private static int EndOf(ReadOnlySpan<byte> block, AmqpProperty property, int position)
    {
        switch (property)
        {
            case AmqpProperty.DeliveryMode or AmqpProperty.Priority:
                return Checked(block, position, 1);
            case AmqpProperty.Timestamp:
                return Checked(block, position, 8);
            case AmqpProperty.Headers:
                int start = Checked(block, position, 4);
                uint bytes = BinaryPrimitives.ReadUInt32BigEndian(block[position..]);
                int end = Checked(block, start, bytes);
                AmqpTableReader.Validate(block[start..end]);
                return end;
            default:
                int text = Checked(block, position, 1);
                return Checked(block, text, block[position]);
        }
    }

    private static int Checked(ReadOnlySpan<byte> block, int position, uint bytes)
    {
        if (bytes > (uint)(block.Length - position))
            throw AmqpProtocolException.CannotDecode(block);
        return position + (int)bytes;
    }

    /// <summary>Where each property ends.</summary>
    [InlineArray(Count)]
    private struct Ends
    {
        private int _first;
    }
}
