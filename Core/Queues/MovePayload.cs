using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What the outbox keeps of a message that moves to another group: the overlay's place and the target queues.
/// The body is read only when it is sent.
/// </summary>
internal static class MovePayload
{
    /// <summary>
    /// First byte; next to <see cref="DirectoryNews.QueueReady"/> and <see cref="DirectoryNews.QueueGone"/>.
    /// </summary>
    public const byte Kind = 202;

    /// <summary>First byte of a piece of a large body, which goes ahead of the move that refers to it: as one command the
    /// body would be larger than an entry can be.</summary>
    public const byte ChunkKind = 203;

    /// <summary>First byte of a message that becomes a last value.</summary>
    public const byte LastValueKind = 204;

    public static void WriteChunk(IBufferWriter<byte> output, UnitRef chunk, long upload)
    {
        output.PutByte(ChunkKind);
        output.PutUnit(chunk);
        output.PutInt64(upload);
    }

    public static (UnitRef Chunk, long Upload) ReadChunk(ReadOnlyMemory<byte> payload)
    {
        var input = new QueueCommandReader(payload);
        Invariant.Check(input.ReadByte() == ChunkKind, "not a piece of a move");
        return (input.ReadUnit(), input.ReadInt64());
    }

    public static void Write(IBufferWriter<byte> output, UnitRef overlay, ReadOnlySpan<QueueId> queues)
    {
        output.PutByte(Kind);
        output.PutUnit(overlay);
        output.PutQueues(queues);
    }

    public static (UnitRef Overlay, QueueId[] Queues) Read(ReadOnlyMemory<byte> payload)
    {
        var input = new QueueCommandReader(payload);
        Invariant.Check(input.ReadByte() == Kind, "not a move");
        return (input.ReadUnit(), input.ReadQueues());
    }

    public static void WriteLastValue(IBufferWriter<byte> output, UnitRef shown, TopicId topic)
    {
        output.PutByte(LastValueKind);
        output.PutUnit(shown);
        output.PutInt64(topic.Value);
    }

    public static (UnitRef Shown, TopicId Topic) ReadLastValue(ReadOnlyMemory<byte> payload)
    {
        var input = new QueueCommandReader(payload);
        Invariant.Check(input.ReadByte() == LastValueKind, "not a last value");
        return (input.ReadUnit(), new TopicId(input.ReadInt64()));
    }
}
