using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What a body says of its message: who sent it, and as which one of theirs.</summary>
/// <param name="Run">The program run that published it; drawn at its start.</param>
/// <param name="Publisher">0-based.</param>
/// <param name="Sequence">Of the publisher, from 0.</param>
public readonly record struct MessageBody(long Run, int Publisher, long Sequence)
{
    public const int MinBytes = 32;

    public void Write(Span<byte> body)
    {
        BinaryPrimitives.WriteInt64LittleEndian(body, Run);
        BinaryPrimitives.WriteInt32LittleEndian(body[8..], Publisher);
        BinaryPrimitives.WriteInt64LittleEndian(body[12..], Sequence);
        BinaryPrimitives.WriteInt32LittleEndian(body[20..], body.Length);
    }

    /// <returns><see langword="false"/> when the body is none of ours, or not whole.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out MessageBody message)
    {
        message = default;
        if (body.Length < MinBytes || BinaryPrimitives.ReadInt32LittleEndian(body[20..]) != body.Length)
            return false;
        message = new MessageBody(
            BinaryPrimitives.ReadInt64LittleEndian(body),
            BinaryPrimitives.ReadInt32LittleEndian(body[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[12..]));
        return true;
    }
}
