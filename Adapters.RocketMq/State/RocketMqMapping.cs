using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>Stored messages as records for the wire, and tags as routing keys.</summary>
internal static class RocketMqMapping
{
    /// <summary>Routing keys of other protocols are no longer.</summary>
    private const int MaxRoutingKeyBytes = 255;

    /// <summary>The block that the message was stored with; made anew for messages of other
    /// protocols.</summary>
    public static RocketMqPropertyBlock Block(StoredMessage message, IBroker broker)
    {
        if (message.Format == PropertyFormat.RocketMq)
            return RocketMqPropertyBlock.Parse(message.Properties);
        MessageProperties properties =
            broker.PropertyReader(message.Format)?.Read(message.Properties) ?? new MessageProperties();
        // A dead letter's own time to live counts no more.
        long? ttlMs = message.Overlay is { Deaths.Count: > 0 } ? null : message.TtlMs ?? properties.TtlMs;
        // To RocketMQ the key by which a message came is its tag (DESIGN section 2).
        string key = LevelKey.ToDotted(message.Overlay?.RoutingKey ?? message.RoutingKey);
        return RocketMqPropertyReader.Make(properties with { TtlMs = ttlMs }, key, message.PublishedMs);
    }

    /// <param name="message">From a partition.</param>
    /// <param name="topic">Name of its topic.</param>
    /// <param name="queueId">Number of its partition.</param>
    /// <param name="storeHost">Where clients ask for it by id.</param>
    /// <param name="broker">For readers of other protocols' properties.</param>
    public static RocketMqMessage Record(
        PartitionMessage message, string topic, int queueId, RocketMqEndPoint storeHost, IBroker broker)
    {
        RocketMqPropertyBlock block = Block(message.Message, broker);
        // Half messages are not in partitions: what was one is committed.
        int sysFlag = (block.SysFlag & RocketMqSysFlag.TransactionMask) == RocketMqSysFlag.Prepared
            ? (block.SysFlag & ~RocketMqSysFlag.TransactionMask) | RocketMqSysFlag.Commit
            : block.SysFlag;
        return new RocketMqMessage(topic, queueId, message.Offset, message.Position)
        {
            Flag = block.Flag,
            SysFlag = sysFlag,
            BornTimestampMs = block.BornTimestampMs,
            BornHost = block.BornHost,
            StoreTimestampMs = message.StoredMs,
            StoreHost = storeHost,
            ReconsumeTimes = block.ReconsumeTimes,
            PreparedTransactionOffset = block.PreparedTransactionOffset,
            Body = message.Message.Body,
            Properties = block.Properties,
        };
    }

    /// <summary>The tag as bindings and other protocols see it; one that is too long is cut.</summary>
    public static string RoutingKey(string? tag)
    {
        if (string.IsNullOrEmpty(tag) || Encoding.UTF8.GetByteCount(tag) <= MaxRoutingKeyBytes)
            return tag ?? "";
        var cut = new StringBuilder();
        int bytes = 0;
        foreach (Rune rune in tag.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > MaxRoutingKeyBytes)
                break;
            cut.Append(rune.ToString());
        }
        return cut.ToString();
    }

    /// <summary>What a partition filters by; 0 without a tag.</summary>
    public static int TagHash(string? tag) => string.IsNullOrEmpty(tag) ? 0 : RocketMqHash.Of(tag);
}
