using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The body of a batch send: messages one after the other (specification section 7).</summary>
public static class RocketMqBatch
{
    /// <summary>Total size, magic, checksum, flag and body length.</summary>
    private const int HeadBytes = 5 * sizeof(int);

    /// <param name="batch">The body of the request.</param>
    /// <param name="maxMessages">Most messages accepted, a count.</param>
    /// <exception cref="RocketMqProtocolException">A length runs out of the body, or there are too
    /// many.</exception>
    public static List<RocketMqBatchItem> Read(ReadOnlyMemory<byte> batch, int maxMessages)
    {
        var items = new List<RocketMqBatchItem>();
        while (!batch.IsEmpty)
        {
            if (items.Count == maxMessages)
                throw RocketMqProtocolException.Request($"more than {maxMessages} messages in a batch");
            ReadOnlySpan<byte> all = batch.Span;
            int size = all.Length < HeadBytes + sizeof(short) ? -1 : BinaryPrimitives.ReadInt32BigEndian(all);
            if (size < HeadBytes + sizeof(short) || size > all.Length)
                throw Broken();
            int bodyBytes = BinaryPrimitives.ReadInt32BigEndian(all[16..]);
            if (bodyBytes < 0 || bodyBytes > size - HeadBytes - sizeof(short))
                throw Broken();
            int propertiesAt = HeadBytes + bodyBytes + sizeof(short);
            int propertiesBytes = BinaryPrimitives.ReadInt16BigEndian(all[(HeadBytes + bodyBytes)..]);
            if (propertiesBytes != size - propertiesAt)
                throw Broken();
            items.Add(new RocketMqBatchItem(
                BinaryPrimitives.ReadInt32BigEndian(all[12..]),
                batch.Slice(HeadBytes, bodyBytes),
                batch.Slice(propertiesAt, propertiesBytes)));
            batch = batch[size..];
        }
        return items;
    }

    public static void Write(IEnumerable<RocketMqBatchItem> items, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(items);
        ArgumentNullException.ThrowIfNull(output);
        foreach (RocketMqBatchItem item in items)
        {
            int size = HeadBytes + item.Body.Length + sizeof(short) + item.Properties.Length;
            Span<byte> bytes = output.GetSpan(size)[..size];
            bytes[..HeadBytes].Clear();
            BinaryPrimitives.WriteInt32BigEndian(bytes, size);
            BinaryPrimitives.WriteInt32BigEndian(bytes[12..], item.Flag);
            BinaryPrimitives.WriteInt32BigEndian(bytes[16..], item.Body.Length);
            item.Body.Span.CopyTo(bytes[HeadBytes..]);
            Span<byte> tail = bytes[(HeadBytes + item.Body.Length)..];
            BinaryPrimitives.WriteInt16BigEndian(tail, checked((short)item.Properties.Length));
            item.Properties.Span.CopyTo(tail[sizeof(short)..]);
            output.Advance(size);
        }
    }

    private static RocketMqProtocolException Broken() =>
        RocketMqProtocolException.Request("the batch is broken");
}
