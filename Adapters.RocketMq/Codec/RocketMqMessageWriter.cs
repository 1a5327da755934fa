using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Writes stored messages as records (specification section 8).</summary>
public static class RocketMqMessageWriter
{
    /// <summary>First word of a record after its size.</summary>
    public const int Magic = unchecked((int)0xDAA320A7);

    /// <summary>A record without body, topic and properties.</summary>
    public const int FixedBytes = 91;

    private const int HeadBytes = 84;

    /// <summary>Bytes that the record takes.</summary>
    public static int SizeOf(RocketMqMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        return checked(FixedBytes + (int)message.Body.Length + Encoding.UTF8.GetByteCount(message.Topic)
            + message.Properties.Length);
    }

    /// <summary>Appends one record. Topic and properties must be within their limits.</summary>
    public static void Write(RocketMqMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(output);
        int size = SizeOf(message);
        int bodyBytes = (int)message.Body.Length;
        Span<byte> record = output.GetSpan(size);
        BinaryPrimitives.WriteInt32BigEndian(record, size);
        BinaryPrimitives.WriteInt32BigEndian(record[4..], Magic);
        BinaryPrimitives.WriteInt32BigEndian(record[12..], message.QueueId);
        BinaryPrimitives.WriteInt32BigEndian(record[16..], message.Flag);
        BinaryPrimitives.WriteInt64BigEndian(record[20..], message.QueueOffset);
        BinaryPrimitives.WriteInt64BigEndian(record[28..], message.Position);
        BinaryPrimitives.WriteInt32BigEndian(record[36..], message.SysFlag);
        BinaryPrimitives.WriteInt64BigEndian(record[40..], message.BornTimestampMs);
        message.BornHost.Write(record[48..]);
        BinaryPrimitives.WriteInt64BigEndian(record[56..], message.StoreTimestampMs);
        message.StoreHost.Write(record[64..]);
        BinaryPrimitives.WriteInt32BigEndian(record[72..], message.ReconsumeTimes);
        BinaryPrimitives.WriteInt64BigEndian(record[76..], message.PreparedTransactionOffset);
        BinaryPrimitives.WriteInt32BigEndian(record[HeadBytes..], bodyBytes);
        Span<byte> body = record.Slice(HeadBytes + sizeof(int), bodyBytes);
        message.Body.CopyTo(body);
        BinaryPrimitives.WriteInt32BigEndian(record[8..], Checksum(body));

        Span<byte> tail = record[(HeadBytes + sizeof(int) + bodyBytes)..];
        int topicBytes = Encoding.UTF8.GetBytes(message.Topic, tail[1..]);
        tail[0] = checked((byte)(sbyte)topicBytes);
        tail = tail[(1 + topicBytes)..];
        BinaryPrimitives.WriteInt16BigEndian(tail, checked((short)message.Properties.Length));
        message.Properties.Span.CopyTo(tail[sizeof(short)..]);
        output.Advance(size);
    }

    /// <summary>CRC-32 of the body without its highest bit.</summary>
    internal static int Checksum(ReadOnlySpan<byte> body) => (int)(RocketMqCrc32.Of(body) & int.MaxValue);
}
