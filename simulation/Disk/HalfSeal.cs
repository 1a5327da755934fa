using System.Globalization;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Worlds;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>
/// What a crash leaves of sealing a segment, which cuts the file behind its last frame, writes the index map there, and
/// behind that, once it is durable, the trailer.
/// </summary>
/// <param name="storeId">Whose segments.</param>
/// <param name="dice">What of it.</param>
/// <param name="inOneWrite">Map and trailer were written together: any sectors of both may be missing.</param>
internal sealed class HalfSeal(Guid storeId, Dice dice, bool inOneWrite)
{
    /// <summary>Null: the file is not sealed.</summary>
    public SegmentTrailer? TrailerOf(string path)
    {
        using SafeFileHandle file = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        long number = long.Parse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture);
        return SegmentTrailer.TryRead(file, storeId, number);
    }

    /// <param name="before">The file before.</param>
    /// <param name="after">The file behind it.</param>
    /// <param name="trailer">At its end.</param>
    public byte[] PartOf(byte[] before, byte[] after, SegmentTrailer trailer)
    {
        int mapStart = (int)trailer.MapStart;
        int mapEnd = mapStart + trailer.MapBytes;
        return dice.Next(4) switch
        {
            0 => before,
            1 => after[..mapStart],
            _ when inOneWrite => Torn(after, mapStart),
            2 => Torn(after[..mapEnd], mapStart),
            _ => Torn(after, mapEnd),
        };
    }

    /// <summary>Some sectors of the last write are not there, or all behind some are not even part of the file.</summary>
    private byte[] Torn(byte[] bytes, int from)
    {
        if (dice.Chance(0.3))
            return bytes[..(from + dice.Next(bytes.Length - from + 1))];
        for (int sector = from / SimulatedDisk.SectorBytes; sector * SimulatedDisk.SectorBytes < bytes.Length; sector++)
        {
            int start = Math.Max(from, sector * SimulatedDisk.SectorBytes);
            int end = Math.Min(bytes.Length, (sector + 1) * SimulatedDisk.SectorBytes);
            if (dice.Chance(0.5))
                bytes.AsSpan(start, end - start).Clear();
        }

        return bytes;
    }
}
