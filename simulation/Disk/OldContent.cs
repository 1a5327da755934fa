using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// What a disk shows where a commit never arrived: mostly nothing, in some worlds what some older write had left there.
/// Whole frames with good checksums are among it, so that only their sequence or incarnation tells that they are not the
/// next ones; also right behind the last durable frame, within its sector, which few disks would do.
/// </summary>
/// <param name="dice">Its own row of chances.</param>
/// <param name="chance">How probably a lost write shows something old.</param>
internal sealed class OldContent(Dice dice, double chance)
{
    private const int MaxBytes = 64 * 1024;
    private const double LosesAllChance = 0.5;

    /// <summary>How often it did.</summary>
    public int Shown { get; private set; }

    /// <summary>Nothing at all arrives of a write: what is old then stands where a frame is awaited.</summary>
    public bool LosesAll() => chance > 0 && dice.Chance(LosesAllChance);

    /// <param name="lost">Where.</param>
    /// <param name="storeId">Whose frames they are.</param>
    /// <param name="segments">Folder of the store's segments.</param>
    public void Show(LostWrite lost, Guid storeId, string segments)
    {
        if (chance == 0 || lost.LostAt is null || !dice.Chance(chance))
            return;
        byte[] durable = lost.ReadDurable();
        uint seed = FrameHeader.SeedOf(storeId, SegmentFrames.NumberIn(durable));
        List<(long Offset, FrameHeader Frame)> frames = SegmentFrames.Read(durable, seed);
        ReadOnlySpan<byte> old = dice.Next(5) switch
        {
            _ when frames.Count == 0 => OfSomeSegment(segments),
            0 => SectorsOf(durable),
            1 or 2 => SegmentFrames.WithLength(durable, dice.Pick(frames)),
            _ => OfEarlierIncarnation(durable, frames, seed),
        };
        if (old.IsEmpty)
            return;
        lost.Show(old);
        Shown++;
    }

    private ReadOnlySpan<byte> SectorsOf(byte[] bytes)
    {
        int first = dice.Next((bytes.Length / SimulatedDisk.SectorBytes) + 1) * SimulatedDisk.SectorBytes;
        return bytes.AsSpan(first, Math.Min(bytes.Length - first, MaxBytes));
    }

    /// <summary>The next frame by its number, as it would have been written before the last start.</summary>
    private byte[] OfEarlierIncarnation(byte[] durable, List<(long Offset, FrameHeader Frame)> frames, uint seed)
    {
        (long offset, FrameHeader frame) = dice.Pick(frames);
        byte[] bytes = SegmentFrames.WithLength(durable, (offset, frame)).ToArray();
        long last = frames[^1].Frame.Sequence;
        FrameHeader earlier = frame with
        {
            Sequence = frame.Kind == FrameKind.Filler ? last : last + 1,
            Incarnation = frame.Incarnation - 1,
        };
        earlier.Write(bytes.AsSpan(SegmentFrames.LengthBytes), seed);
        return bytes;
    }

    /// <summary>Of a segment that has nothing yet: the start of some file in its place, which is of another number.</summary>
    private byte[] OfSomeSegment(string segments)
    {
        List<string> files = [.. Directory.EnumerateFiles(segments).Order(StringComparer.Ordinal)];
        byte[] bytes = File.ReadAllBytes(dice.Pick(files));
        return bytes[..Math.Min(bytes.Length, MaxBytes)];
    }
}
