using System.Buffers.Binary;
using System.Globalization;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Disk;
using Cmq.MultiProtocol.Simulation.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>
/// The recovery goes on with a whole frame behind the last one that is of an earlier incarnation, or was there before. The
/// store cannot be had to overlook that; so the frame is told to be what such a recovery would take it for.
/// </summary>
internal sealed class AcceptOldFrames : Plant
{
    private const int Alignment = 4;

    private readonly bool _ofIncarnation;

    /// <param name="ofIncarnation">It overlooks the incarnation; else the sequence.</param>
    public AcceptOldFrames(bool ofIncarnation) => (_ofIncarnation, NeedsOldContent) = (ofIncarnation, true);

    public override void Starting(SimulatedNode node)
    {
        string segments = Path.Combine(node.Disk.Directory, "segments");
        if (!Directory.Exists(segments))
            return;
        foreach (string path in Directory.EnumerateFiles(segments).Order(StringComparer.Ordinal))
        {
            using SafeFileHandle file = File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite);
            long number = long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);
            // Of a sealed one the trailer says where it ends.
            if (SegmentTrailer.TryRead(file, node.Disk.StoreId, number) is null)
                Accept(file, FrameHeader.SeedOf(node.Disk.StoreId, number));
        }
    }

    private void Accept(SafeFileHandle file, uint seed)
    {
        byte[] bytes = FileStep.ReadAll(file);
        List<(long Offset, FrameHeader Frame)> frames = SegmentFrames.Read(bytes, seed);
        if (frames.Count == 0)
            return;
        (long offset, FrameHeader last) = frames[^1];
        while (TryReadNext(bytes, EndOf(offset, last), seed, out FrameHeader next))
        {
            offset = EndOf(offset, last) + SegmentFrames.LengthBytes;
            if (!SegmentFrames.Follows(last, next))
            {
                if (!IsAccepted(last, next))
                    return;
                next = next with { Incarnation = last.Incarnation, Sequence = NumberOf(last, next) };
                Span<byte> frame = bytes.AsSpan((int)offset, next.Length);
                next.Write(frame, seed);
                RandomAccess.Write(file, frame, offset);
            }

            last = next;
        }
    }

    private bool IsAccepted(in FrameHeader last, in FrameHeader next) => _ofIncarnation
        ? next.Incarnation < last.Incarnation && next.Sequence == NumberOf(last, next)
        : next.Incarnation == last.Incarnation && next.Sequence <= last.Sequence;

    private static long NumberOf(in FrameHeader last, in FrameHeader next) =>
        next.Kind == FrameKind.Filler ? last.Sequence : last.Sequence + 1;

    private static long EndOf(long offset, in FrameHeader frame) =>
        (offset + frame.Length + Alignment - 1) / Alignment * Alignment;

    private static bool TryReadNext(byte[] bytes, long at, uint seed, out FrameHeader next)
    {
        next = default;
        if (at + SegmentFrames.LengthBytes > bytes.Length)
            return false;
        int length = BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan((int)at));
        at += SegmentFrames.LengthBytes;
        return length > 0 && at + length <= bytes.Length
            && FrameHeader.TryRead(bytes.AsSpan((int)at, length), seed, out next) && next.Length == length;
    }
}
