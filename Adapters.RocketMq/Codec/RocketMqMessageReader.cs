using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>Reads records back (specification section 8), as clients do; hosts are four-byte ones.</summary>
public static class RocketMqMessageReader
{
    /// <summary>Takes one record off the front.</summary>
    /// <returns>Null when nothing is left.</returns>
    /// <exception cref="RocketMqProtocolException">The bytes are no record.</exception>
    public static RocketMqMessage? Read(ref ReadOnlyMemory<byte> records)
    {
        if (records.IsEmpty)
            return null;
        ReadOnlySpan<byte> all = records.Span;
        int size = all.Length < sizeof(int) ? 0 : BinaryPrimitives.ReadInt32BigEndian(all);
        if (size < RocketMqMessageWriter.FixedBytes || size > all.Length)
            throw Broken();
        ReadOnlySpan<byte> record = all[..size];
        if (BinaryPrimitives.ReadInt32BigEndian(record[4..]) != RocketMqMessageWriter.Magic)
            throw Broken();

        const int bodyAt = 88;
        int bodyBytes = BinaryPrimitives.ReadInt32BigEndian(record[84..]);
        if (bodyBytes < 0 || bodyBytes > size - RocketMqMessageWriter.FixedBytes)
            throw Broken();
        int topicAt = bodyAt + bodyBytes + 1;
        int topicBytes = unchecked((sbyte)record[topicAt - 1]);
        int propertiesAt = topicAt + topicBytes + sizeof(short);
        if (topicBytes < 0 || propertiesAt > size)
            throw Broken();
        int propertiesBytes = BinaryPrimitives.ReadInt16BigEndian(record[(propertiesAt - sizeof(short))..]);
        if (propertiesBytes != size - propertiesAt
            || BinaryPrimitives.ReadInt32BigEndian(record[8..])
                != RocketMqMessageWriter.Checksum(record.Slice(bodyAt, bodyBytes)))
        {
            throw Broken();
        }

        var message = new RocketMqMessage(
            Encoding.UTF8.GetString(record.Slice(topicAt, topicBytes)),
            BinaryPrimitives.ReadInt32BigEndian(record[12..]),
            BinaryPrimitives.ReadInt64BigEndian(record[20..]),
            BinaryPrimitives.ReadInt64BigEndian(record[28..]))
        {
            Flag = BinaryPrimitives.ReadInt32BigEndian(record[16..]),
            SysFlag = BinaryPrimitives.ReadInt32BigEndian(record[36..]),
            BornTimestampMs = BinaryPrimitives.ReadInt64BigEndian(record[40..]),
            BornHost = RocketMqEndPoint.Read(record[48..]),
            StoreTimestampMs = BinaryPrimitives.ReadInt64BigEndian(record[56..]),
            StoreHost = RocketMqEndPoint.Read(record[64..]),
            ReconsumeTimes = BinaryPrimitives.ReadInt32BigEndian(record[72..]),
            PreparedTransactionOffset = BinaryPrimitives.ReadInt64BigEndian(record[76..]),
            Body = new ReadOnlySequence<byte>(records.Slice(bodyAt, bodyBytes)),
            Properties = records.Slice(propertiesAt, propertiesBytes),
        };
        records = records[size..];
        return message;
    }

    private static RocketMqProtocolException Broken() =>
        RocketMqProtocolException.Request("the record is broken");
}
