using System.Buffers.Binary;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>Finds the frames of a segment without the store's own reading of it.</summary>
internal static class SegmentFrames
{
    /// <summary>FASTER's length word, before each frame.</summary>
    public const int LengthBytes = sizeof(int);

    /// <summary>Place of the first frame's index in its header, which is the segment's number.</summary>
    private const int NumberAt = 48;

    /// <summary>The number that a segment says it has; 0: it has no start.</summary>
    public static long NumberIn(ReadOnlySpan<byte> bytes) => bytes.Length < LengthBytes + FrameHeader.Size
        ? 0
        : BinaryPrimitives.ReadInt64LittleEndian(bytes[(LengthBytes + NumberAt)..]);

    /// <summary>Those that follow each other: what is no more than old content has another incarnation, or a sequence
    /// that was there before.</summary>
    /// <param name="bytes">The file.</param>
    /// <param name="seed">Start value of its checksums.</param>
    public static List<(long Offset, FrameHeader Frame)> Read(ReadOnlySpan<byte> bytes, uint seed)
    {
        List<(long Offset, FrameHeader Frame)> frames = [];
        Span<byte> magic = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(magic, FrameHeader.Magic);
        for (int at = 0; ;)
        {
            int found = bytes[at..].IndexOf(magic);
            if (found < 0)
                return frames;
            at += found;
            if (!FrameHeader.TryRead(bytes[at..], seed, out FrameHeader frame)
                || (frames.Count > 0 && !Follows(frames[^1].Frame, frame)))
            {
                at++;
                continue;
            }

            frames.Add((at, frame));
            at += frame.Length;
        }
    }

    /// <summary>A frame with the length before it.</summary>
    public static ReadOnlySpan<byte> WithLength(byte[] bytes, (long Offset, FrameHeader Frame) frame) =>
        bytes.AsSpan((int)frame.Offset - LengthBytes, frame.Frame.Length + LengthBytes);

    /// <summary>It is the next one of the same process.</summary>
    public static bool Follows(in FrameHeader last, in FrameHeader frame) =>
        frame.Incarnation == last.Incarnation
        && frame.Sequence == (frame.Kind == FrameKind.Filler ? last.Sequence : last.Sequence + 1);
}
