using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What a queue group sends to the directory: one byte kind and the queue's id (int64, little-endian). It
/// travels as it is: the payload is the directory's command.
/// </summary>
public static class DirectoryNews
{
    /// <summary>The group has the queue; it may be routed to.</summary>
    public const byte QueueReady = 200;

    /// <summary>The group has deleted the queue.</summary>
    public const byte QueueGone = 201;

    public const int Bytes = 9;

    public static void Write(Span<byte> output, byte kind, QueueId queue)
    {
        output[0] = kind;
        BinaryPrimitives.WriteInt64LittleEndian(output[1..], queue.Value);
    }

    /// <exception cref="InvariantException">It is not such a payload.</exception>
    public static (byte Kind, QueueId Queue) Read(ReadOnlySpan<byte> input)
    {
        Invariant.Check(input.Length == Bytes && input[0] is QueueReady or QueueGone,
            "malformed directory news");
        return (input[0], new QueueId(BinaryPrimitives.ReadInt64LittleEndian(input[1..])));
    }
}
