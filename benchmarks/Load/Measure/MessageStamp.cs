using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>What a body says of its message, at its front. Behind it comes a filler that is the same in every message.
/// </summary>
/// <param name="Run">The program run that published it; drawn at its start.</param>
/// <param name="Sequence">Of the publisher, from 0.</param>
/// <param name="SentAt">Of the publisher's stopwatch: when it was sent, or with a rate limit when it was due.</param>
/// <param name="Publisher">0-based.</param>
/// <param name="Queue">Number of the queue, topic or partition that it went to.</param>
public readonly record struct MessageStamp(long Run, long Sequence, long SentAt, int Publisher, int Queue)
{
    public const int Bytes = 36;

    private static readonly byte[] s_filler = MakeFiller();

    /// <summary>A whole body without its stamp.</summary>
    public static byte[] MakeBody(int bytes)
    {
        byte[] body = new byte[bytes];
        Filler(bytes).CopyTo(body.AsSpan(Bytes));
        return body;
    }

    public void Write(Span<byte> body, int bodyBytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(body, Run);
        BinaryPrimitives.WriteInt64LittleEndian(body[8..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(body[16..], SentAt);
        BinaryPrimitives.WriteInt32LittleEndian(body[24..], Publisher);
        BinaryPrimitives.WriteInt32LittleEndian(body[28..], Queue);
        BinaryPrimitives.WriteInt32LittleEndian(body[32..], bodyBytes);
    }

    /// <returns><see langword="false"/> when the body is none of ours, or not as it was sent.</returns>
    public static bool TryRead(ReadOnlySpan<byte> body, out MessageStamp stamp)
    {
        stamp = default;
        if (body.Length < Bytes || BinaryPrimitives.ReadInt32LittleEndian(body[32..]) != body.Length
            || !body[Bytes..].SequenceEqual(Filler(body.Length)))
        {
            return false;
        }

        stamp = new MessageStamp(
            BinaryPrimitives.ReadInt64LittleEndian(body),
            BinaryPrimitives.ReadInt64LittleEndian(body[8..]),
            BinaryPrimitives.ReadInt64LittleEndian(body[16..]),
            BinaryPrimitives.ReadInt32LittleEndian(body[24..]),
            BinaryPrimitives.ReadInt32LittleEndian(body[28..]));
        return stamp is { Sequence: >= 0, Publisher: >= 0, Queue: >= 0 };
    }

    private static ReadOnlySpan<byte> Filler(int bodyBytes) => bodyBytes - Bytes <= s_filler.Length
        ? s_filler.AsSpan(0, bodyBytes - Bytes)
        : MakeLong(bodyBytes - Bytes);

    /// <summary>Bodies above a mebibyte are few; their filler is made anew.</summary>
    private static byte[] MakeLong(int bytes)
    {
        byte[] filler = new byte[bytes];
        for (int at = 0; at < bytes; at += s_filler.Length)
            s_filler.AsSpan(0, Math.Min(s_filler.Length, bytes - at)).CopyTo(filler.AsSpan(at));
        return filler;
    }

    private static byte[] MakeFiller()
    {
        // No compression, by a file system for example, may make it smaller than it looks.
        byte[] filler = new byte[1 << 20];
        new Random(1).NextBytes(filler);
        return filler;
    }
}
