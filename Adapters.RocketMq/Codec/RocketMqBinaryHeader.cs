using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Headers in the "ROCKETMQ" serialization (specification section 1).</summary>
internal static class RocketMqBinaryHeader
{
    /// <summary>Code, language, version, opaque and flag.</summary>
    private const int FixedBytes = 2 + 1 + 2 + 4 + 4;

    /// <exception cref="RocketMqProtocolException">A length runs out of the header.</exception>
    public static RocketMqCommand Read(ReadOnlySpan<byte> header, byte[] body)
    {
        ReadOnlySpan<byte> left = header;
        if (left.Length < FixedBytes)
            throw RocketMqProtocolException.Framing("the binary header is cut");
        int code = BinaryPrimitives.ReadInt16BigEndian(left);
        byte language = left[2];
        int version = BinaryPrimitives.ReadInt16BigEndian(left[3..]);
        int opaque = BinaryPrimitives.ReadInt32BigEndian(left[5..]);
        int flag = BinaryPrimitives.ReadInt32BigEndian(left[9..]);
        left = left[FixedBytes..];
        ReadOnlySpan<byte> remark = Cut(ref left, sizeof(int));
        ReadOnlySpan<byte> fields = Cut(ref left, sizeof(int));
        return new RocketMqCommand(code, opaque, flag)
        {
            Language = Enum.IsDefined((RocketMqLanguage)language) ? (RocketMqLanguage)language : RocketMqLanguage.Java,
            Version = version,
            Remark = remark.IsEmpty ? null : Encoding.UTF8.GetString(remark),
            Fields = fields.IsEmpty ? null : ReadFields(fields),
            Serialization = RocketMqSerialization.Binary,
            Body = body,
        };
    }

    public static void Write(RocketMqCommand command, IBufferWriter<byte> output)
    {
        Span<byte> start = output.GetSpan(FixedBytes);
        BinaryPrimitives.WriteInt16BigEndian(start, checked((short)command.Code));
        start[2] = (byte)command.Language;
        BinaryPrimitives.WriteInt16BigEndian(start[3..], checked((short)command.Version));
        BinaryPrimitives.WriteInt32BigEndian(start[5..], command.Opaque);
        BinaryPrimitives.WriteInt32BigEndian(start[9..], command.Flag);
        output.Advance(FixedBytes);
        Text(output, command.Remark ?? "", sizeof(int));

        int bytes = 0;
        foreach ((string name, string value) in command.Fields?.All ?? [])
            bytes += sizeof(short) + Encoding.UTF8.GetByteCount(name) + sizeof(int) + Encoding.UTF8.GetByteCount(value);
        BinaryPrimitives.WriteInt32BigEndian(output.GetSpan(sizeof(int)), bytes);
        output.Advance(sizeof(int));
        foreach ((string name, string value) in command.Fields?.All ?? [])
        {
            Text(output, name, sizeof(short));
            Text(output, value, sizeof(int));
        }
    }

    private static RocketMqFields ReadFields(ReadOnlySpan<byte> left)
    {
        var fields = new RocketMqFields();
        while (!left.IsEmpty)
        {
            string name = RocketMqStrings.Get(Cut(ref left, sizeof(short)));
            fields.Add(name, RocketMqStrings.Get(Cut(ref left, sizeof(int))));
        }
        return fields;
    }

    /// <summary>Takes a length and as many bytes off the front.</summary>
    private static ReadOnlySpan<byte> Cut(ref ReadOnlySpan<byte> left, int lengthBytes)
    {
        int length = left.Length < lengthBytes
            ? -1
            : lengthBytes == sizeof(short)
                ? BinaryPrimitives.ReadInt16BigEndian(left)
                : BinaryPrimitives.ReadInt32BigEndian(left);
        if (length < 0 || length > left.Length - lengthBytes)
            throw RocketMqProtocolException.Framing("the binary header is cut");
        ReadOnlySpan<byte> taken = left.Slice(lengthBytes, length);
        left = left[(lengthBytes + length)..];
        return taken;
    }

    private static void Text(IBufferWriter<byte> output, string text, int lengthBytes)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        Span<byte> span = output.GetSpan(lengthBytes + bytes);
        if (lengthBytes == sizeof(short))
            BinaryPrimitives.WriteInt16BigEndian(span, checked((short)bytes));
        else
            BinaryPrimitives.WriteInt32BigEndian(span, bytes);
        Encoding.UTF8.GetBytes(text, span[lengthBytes..]);
        output.Advance(lengthBytes + bytes);
    }
}
