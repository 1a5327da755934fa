using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>RocketMQ remoting: bodies, records and what is stored; frames are <see cref="RocketMqFrameTarget"/>.
/// </summary>
internal static class RocketMqTargets
{
    private const string Heartbeat =
        "{\"clientID\":\"c\",\"consumerDataSet\":[{\"consumeFromWhere\":\"CONSUME_FROM_FIRST_OFFSET\","
        + "\"consumeType\":\"CONSUME_PASSIVELY\",\"groupName\":\"CG\",\"messageModel\":\"CLUSTERING\","
        + "\"subscriptionDataSet\":[{\"classFilterMode\":false,\"codeSet\":[2598919],\"expressionType\":\"TAG\","
        + "\"subString\":\"TagA\",\"subVersion\":1,\"tagsSet\":[\"TagA\"],\"topic\":\"T\"}],\"unitMode\":false}],"
        + "\"producerDataSet\":[{\"groupName\":\"PG\"}]}";

    private const string Locks =
        "{\"clientId\":\"c\",\"consumerGroup\":\"CG\",\"mqSet\":[{\"brokerName\":\"broker-a\",\"queueId\":0,\"topic\":\"T\"}]}";

    /// <summary>As fastjson writes it: a whole object is a key.</summary>
    private const string Offsets =
        "{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"T\"}:{\"brokerOffset\":5},0:'x\\u0041\\n'}}";

    private const string Properties = "UNIQ_KEY\u0001C0\u0002TAGS\u0001TagA\u0002KEYS\u0001k1 k2\u0002colour\u0001red\u0002";

    private const string JsonHeader =
        "{\"code\":310,\"extFields\":{\"a\":\"PG\",\"e\":4,\"m\":false,\"i\":\"x\\u0041\"},\"flag\":0,\"language\":\"JAVA\","
        + "\"opaque\":7,\"remark\":\"r\",\"serializeTypeCurrentRPC\":\"JSON\",\"version\":293}";

    private const string Topic =
        "{\"order\":true,\"perm\":6,\"readQueueNums\":4,\"topicFilterType\":\"SINGLE_TAG\",\"topicName\":\"T\","
        + "\"topicSysFlag\":0,\"writeQueueNums\":8}";

    private const int MaxPlainBytes = 64 * 1024;

    private static readonly RocketMqPropertyBlock Block = new()
    {
        Flag = 7,
        SysFlag = RocketMqSysFlag.Compressed,
        BornTimestampMs = 1_700_000_000_000,
        BornHost = new RocketMqEndPoint(0x7F000001, 4711),
        Properties = Encoding.UTF8.GetBytes(Properties),
    };

    public static IEnumerable<FuzzTarget> All =>
    [
        new RocketMqFrameTarget(),
        new CodecTarget<List<RocketMqMessage>>("rocketmq-records", ReadRecords, IsRefusal, Records([Record(1), Record(2)]))
        {
            Write = messages => messages.TrueForAll(message => IsText(message.Topic)) ? Records(messages) : null,
            Sealed = ResealRecords,
        },
        new CodecTarget<List<RocketMqBatchItem>>(
            "rocketmq-batches", input => RocketMqBatch.Read(input, maxMessages: 100), IsRefusal, Batch(
            [
                new RocketMqBatchItem(1, "first"u8.ToArray(), Encoding.UTF8.GetBytes(Properties)),
                new RocketMqBatchItem(0, default, default),
            ]))
        {
            Write = Batch,
        },
        new CodecTarget<List<object>>(
            "rocketmq-bodies", ReadBodies, exception => IsRefusal(exception) || exception is RefusedException,
            new[] { Heartbeat, Locks, Offsets }.Select(Encoding.UTF8.GetBytes)) { PerByte = 512 },
        new CodecTarget<RocketMqCommand>(
            "rocketmq-headers", input => RocketMqJsonHeader.Read(input, []), IsRefusal,
            Encoding.UTF8.GetBytes(JsonHeader))
        {
            PerByte = 512,
        },
        new CodecTarget<TopicConfig>(
            "rocketmq-topics", input => TopicConfig.Read(input, null) ?? throw new RefusedException(),
            exception => IsRefusal(exception) || exception is RefusedException, Encoding.UTF8.GetBytes(Topic))
        {
            PerByte = 512,
        },
        new CodecTarget<RocketMqMessageId>(
            "rocketmq-message-ids", ReadMessageId, exception => exception is RefusedException,
            Encoding.ASCII.GetBytes(new RocketMqMessageId(new RocketMqEndPoint(0x7F000001, 10911), 77).ToString()))
        {
            Write = id => Encoding.ASCII.GetBytes(id.ToString()),
        },
        new CodecTarget<(RocketMqPropertyBlock Block, MessageProperties Properties, RocketMqProperties All)>(
            "rocketmq-properties",
            input =>
            {
                RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(input);
                return (block, new RocketMqPropertyReader().Read(input), RocketMqProperties.Parse(block.Properties.Span));
            },
            IsRefusal, Block.ToBytes())
        {
            Write = read => read.Block.ToBytes(),
            PerByte = 512,
        },
        new CodecTarget<MessageContent>("rocketmq-content", ReadContent, IsRefusal, Content())
        {
            // What was compressed may be as large as the limit.
            Besides = MaxPlainBytes + (128 * 1024),
            PerByte = 512,
        },
    ];

    public static bool IsRefusal(Exception exception) => exception is RocketMqProtocolException;

    /// <summary>What was no UTF-8 has other bytes by now.</summary>
    public static bool IsText(string text) => !text.Contains('\uFFFD', StringComparison.Ordinal);

    public static byte[] Batch(IEnumerable<RocketMqBatchItem> items)
    {
        var output = new ArrayBufferWriter<byte>();
        RocketMqBatch.Write(items, output);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] HeartbeatBody => Encoding.UTF8.GetBytes(Heartbeat);

    public static byte[] LockBody => Encoding.UTF8.GetBytes(Locks);

    private static RocketMqMessage Record(long offset) => new("T", 3, offset, offset << 8)
    {
        Flag = 7,
        BornTimestampMs = 1,
        BornHost = new RocketMqEndPoint(0x7F000001, 4711),
        StoreTimestampMs = 2,
        StoreHost = new RocketMqEndPoint(0x7F000001, 10911),
        Body = new ReadOnlySequence<byte>("body"u8.ToArray()),
        Properties = Encoding.UTF8.GetBytes(Properties),
    };

    private static List<RocketMqMessage> ReadRecords(byte[] input)
    {
        var messages = new List<RocketMqMessage>();
        ReadOnlyMemory<byte> left = input;
        while (RocketMqMessageReader.Read(ref left) is { } message)
            messages.Add(message);
        return messages;
    }

    private static byte[] Records(List<RocketMqMessage> messages)
    {
        var output = new ArrayBufferWriter<byte>();
        foreach (RocketMqMessage message in messages)
            RocketMqMessageWriter.Write(message, output);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>The checksum of the first record's body.</summary>
    private static byte[] ResealRecords(byte[] input)
    {
        const int bodyAt = 88;
        if (input.Length < bodyAt)
            return input;
        int body = BinaryPrimitives.ReadInt32BigEndian(input.AsSpan(bodyAt - sizeof(int)));
        if (body < 0 || body > input.Length - bodyAt)
            return input;
        byte[] changed = [.. input];
        BinaryPrimitives.WriteInt32BigEndian(
            changed.AsSpan(8), (int)(RocketMqCrc32.Of(input.AsSpan(bodyAt, body)) & int.MaxValue));
        return changed;
    }

    private static RocketMqMessageId ReadMessageId(byte[] input) =>
        RocketMqMessageId.TryParse(Encoding.Latin1.GetString(input), out RocketMqMessageId id)
            ? id
            : throw new RefusedException();

    /// <summary>A body as each request that could have it.</summary>
    private static List<object> ReadBodies(byte[] input)
    {
        var read = new List<object> { RocketMqJson.Parse(input) };
        Try(() => HeartbeatData.Read(input));
        Try(() => LockBatchRequest.Read(input));
        Try(() => CheckClientRequest.Read(input));
        return read;

        void Try(Func<object> body)
        {
            try
            {
                read.Add(body());
            }
            catch (RocketMqProtocolException refused)
            {
                read.Add(refused.Message);
            }
        }
    }

    /// <summary>Block length, block, body.</summary>
    private static byte[] Content()
    {
        using var packed = new MemoryStream();
        using (var stream = new ZLibStream(packed, CompressionLevel.Optimal))
            stream.Write(new byte[5_000]);
        byte[] block = Block.ToBytes();
        return [(byte)block.Length, .. block, .. packed.ToArray()];
    }

    private static MessageContent ReadContent(byte[] input)
    {
        int block = input.Length == 0 ? 0 : Math.Min(input[0], input.Length - 1);
        var message = new StoredMessage(
            "T", "", [], PropertyFormat.RocketMq, input.AsMemory(Math.Min(1, input.Length), block),
            new ReadOnlySequence<byte>(input.AsMemory(Math.Min(1, input.Length) + block)), 1, null, 0, true, null);
        MessageContent content = new RocketMqPropertyReader().Content(message, MaxPlainBytes);
        if (content.Body.Length > Math.Max(MaxPlainBytes, message.Body.Length))
            throw new FuzzFailure($"a body of {content.Body.Length} bytes, the limit is {MaxPlainBytes}");
        return content;
    }
}
