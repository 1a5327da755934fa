using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>A write to a segment of which not all sectors arrived.</summary>
internal sealed class LostWrite
{
    private const int FrameAlignment = 4;

    private readonly SafeFileHandle _file;
    private readonly long _offset;
    private readonly long _end;

    /// <summary>Made before any of it arrives: what it would add is what the file has not got yet.</summary>
    public LostWrite(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        (_file, _offset, _end) = (file, offset, offset + bytes.Length);
        byte[] before = new byte[bytes.Length];
        RandomAccess.Read(file, before, offset);
        NewAt = offset + (bytes.CommonPrefixLength(before) / FrameAlignment * FrameAlignment);
    }

    /// <summary>Those that did not arrive, by their place in the write, ascending.</summary>
    public List<int> Sectors { get; } = [];

    /// <summary>Where the durable part of the file ends, bytes from its start.</summary>
    public long NewAt { get; }

    /// <summary>The first place that lost what was not there before, bytes from the start of the file; null: there is
    /// none.</summary>
    public long? LostAt
    {
        get
        {
            foreach (int sector in Sectors)
            {
                if (EndOf(sector) > NewAt)
                    return Math.Max(StartOf(sector), NewAt);
            }

            return null;
        }
    }

    /// <summary>What is durable in the file.</summary>
    public byte[] ReadDurable()
    {
        byte[] bytes = new byte[NewAt];
        RandomAccess.Read(_file, bytes, 0);
        return bytes;
    }

    /// <summary>Has bytes stand there from <see cref="LostAt"/> on; what is durable, or has arrived, stays.</summary>
    public void Show(ReadOnlySpan<byte> bytes)
    {
        long at = LostAt!.Value;
        foreach (int sector in Sectors)
            Show(bytes, at, Math.Max(StartOf(sector), at), EndOf(sector));
        Show(bytes, at, _end, long.MaxValue);
    }

    private void Show(ReadOnlySpan<byte> bytes, long at, long from, long to)
    {
        to = Math.Min(to, at + bytes.Length);
        if (from < to)
            RandomAccess.Write(_file, bytes[(int)(from - at)..(int)(to - at)], from);
    }

    private long StartOf(int sector) => _offset + ((long)sector * SimulatedDisk.SectorBytes);

    private long EndOf(int sector) => Math.Min(StartOf(sector) + SimulatedDisk.SectorBytes, _end);
}
