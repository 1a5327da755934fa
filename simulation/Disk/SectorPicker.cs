using System.Globalization;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// Finds bytes of a store that count: who changes them must be found out. Of the last commit nobody can tell damage from a
/// torn write (docs/decisions/0015), so it is left alone.
/// </summary>
internal sealed class SectorPicker(SimulatedDisk disk, Dice dice)
{
    private const int MaxDamagedBytes = 64;

    /// <summary>Changes some bytes of one sector.</summary>
    /// <returns>Null: there are none yet that count.</returns>
    public DamagedSector? Hit()
    {
        double kind = dice.Fraction();
        return kind switch
        {
            < 0.40 => HitIn(FilesIn(disk, "segments"), FramesOf),
            < 0.55 => HitIn(FilesIn(disk, "segments"), FooterOf),
            < 0.75 => HitIn(FilesIn(disk, "snapshots"), WholeOf),
            < 0.95 => HitIn(FilesIn(disk, "blocks"), WholeOf),
            _ => HitIn([Path.Combine(disk.Directory, "store")], WholeOf),
        };
    }

    /// <summary>Whether the store on a disk needs what was there: of blocks, those that a snapshot names.</summary>
    public static bool IsNeeded(SimulatedDisk disk, DamagedSector damaged) =>
        damaged.IsThere && (!damaged.Path.EndsWith(".blk", StringComparison.Ordinal) || IsNamed(disk, damaged));

    private DamagedSector? HitIn(List<string> files, Func<string, List<(long Offset, long Bytes)>> placesOf)
    {
        while (files.Count > 0)
        {
            string path = dice.Pick(files);
            List<(long Offset, long Bytes)> places = placesOf(path);
            if (places.Count > 0)
            {
                (long offset, long bytes) = dice.Pick(places);
                return Hit(path, offset, bytes);
            }

            files.Remove(path);
        }

        return null;
    }

    private DamagedSector Hit(string path, long offset, long bytes)
    {
        long at = offset + dice.Between(0, bytes - 1);
        long sectorEnd = (at / SimulatedDisk.SectorBytes * SimulatedDisk.SectorBytes) + SimulatedDisk.SectorBytes;
        long most = Math.Min(Math.Min(sectorEnd, offset + bytes) - at, MaxDamagedBytes);
        byte[] change = new byte[dice.Between(1, most)];
        for (int i = 0; i < change.Length; i++)
            change[i] = (byte)dice.Between(1, byte.MaxValue);
        return DamagedSector.Make(path, at, change);
    }

    /// <summary>Those that are whole: what is being written has another name.</summary>
    private static List<string> FilesIn(SimulatedDisk disk, string folder)
    {
        string path = Path.Combine(disk.Directory, folder);
        if (!Directory.Exists(path))
            return [];
        return
        [
            .. Directory.EnumerateFiles(path)
                .Where(file => !file.EndsWith(AtomicFile.TemporarySuffix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static List<(long Offset, long Bytes)> WholeOf(string path) =>
        new FileInfo(path).Length is > 0 and var length ? [(0, length)] : [];

    /// <summary>Index map and trailer of a sealed segment.</summary>
    private List<(long Offset, long Bytes)> FooterOf(string path)
    {
        using SafeFileHandle file = OpenToRead(path);
        return SegmentTrailer.TryRead(file, disk.StoreId, NumberOf(path)) is { } trailer
            ? [(trailer.MapStart, RandomAccess.GetLength(file) - trailer.MapStart)]
            : [];
    }

    /// <summary>Frames of which something later says that they were durable.</summary>
    private List<(long Offset, long Bytes)> FramesOf(string path)
    {
        using SafeFileHandle file = OpenToRead(path);
        bool isSealed = SegmentTrailer.TryRead(file, disk.StoreId, NumberOf(path)) is not null;
        byte[] bytes = new byte[RandomAccess.GetLength(file)];
        RandomAccess.Read(file, bytes, 0);
        List<(long Offset, FrameHeader Frame)> frames = SegmentFrames.Read(bytes, FrameHeader.SeedOf(disk.StoreId, NumberOf(path)));
        long durable = frames.Select(one => one.Frame.DurableSequence).DefaultIfEmpty(0).Max();
        return
        [
            .. frames.Where(one => one.Frame.Kind != FrameKind.Filler && (isSealed || one.Frame.Sequence <= durable))
                .Select(one => (one.Offset - SegmentFrames.LengthBytes, (long)one.Frame.Length + SegmentFrames.LengthBytes)),
        ];
    }

    private static bool IsNamed(SimulatedDisk disk, DamagedSector damaged)
    {
        long number = NumberOf(damaged.Path);
        var files = new SnapshotFiles(Path.Combine(disk.Directory, "snapshots"), disk.StoreId);
        return FilesIn(disk, "snapshots")
            .SelectMany(path => BlockTable.Read(files.ReadTable(new GroupId((int)GroupOf(path)), NumberOf(path))))
            .Any(block => block.File == number
                && block.Offset < damaged.Offset + damaged.Bytes.Length && damaged.Offset < block.Offset + block.Length);
    }

    private static SafeFileHandle OpenToRead(string path) =>
        File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    private static long GroupOf(string path) => Number(Path.GetFileNameWithoutExtension(path).Split('-')[0]);

    private static long NumberOf(string path) => Number(Path.GetFileNameWithoutExtension(path).Split('-')[^1]);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
