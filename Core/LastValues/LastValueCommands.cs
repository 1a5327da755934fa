using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>Encodes the commands of last values.</summary>
internal static class LastValueCommands
{
    private const int HeadBytes = 1 + sizeof(long);

    /// <summary>The message becomes the last value of its topic and key. Answered Ok; LimitReached, TooLarge, Full;
    /// Gone when the topic was deleted.</summary>
    public static void Put(IBufferWriter<byte> output, TopicId topic, in PublishedUnit unit)
    {
        output.PutByte((byte)LastValueCommandKind.Put);
        output.PutInt64(topic.Value);
        QueueCommandWriter.Publish(output, [], unit);
    }

    /// <summary>There is no last value any more. Answered Ok, also when there was none.</summary>
    public static void Clear(IBufferWriter<byte> output, TopicId topic, string key)
    {
        output.PutByte((byte)LastValueCommandKind.Clear);
        output.PutInt64(topic.Value);
        output.PutString(key);
    }

    /// <summary>The topic was deleted: a part of its values goes. Proposed again until none is left.</summary>
    public static void DropTopic(IBufferWriter<byte> output, TopicId topic)
    {
        output.PutByte((byte)LastValueCommandKind.DropTopic);
        output.PutInt64(topic.Value);
    }

    /// <summary>The publish that a put has at its end.</summary>
    public static ReadOnlyMemory<byte> PublishOf(ReadOnlyMemory<byte> put)
    {
        Invariant.Check(
            put.Length >= HeadBytes && put.Span[0] == (byte)LastValueCommandKind.Put, "a last value is something else");
        return put[HeadBytes..];
    }
}
