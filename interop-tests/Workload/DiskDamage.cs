namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>One flipped byte in the data directory of a node that does not run.</summary>
/// <param name="Path">Of the file.</param>
/// <param name="Offset">Of the byte.</param>
internal sealed record DiskDamage(string Path, long Offset)
{
    /// <summary>A segment with fewer frames of entries has no middle.</summary>
    private const int FewestFrames = 16;

    /// <summary>How a frame of the log begins, and where its kind stands (Core/Storage/FrameHeader).</summary>
    private static readonly byte[] FrameMagic = "CQMF"u8.ToArray();

    private const int KindAt = 5;
    private const byte Entries = 4;

    /// <summary>The exit code of a node that finds it.</summary>
    public const int ExitCode = 3;

    /// <summary>What holds the byte was given up, so nobody will look at it.</summary>
    public bool IsGone => !File.Exists(Path);

    /// <summary>In the first half of a segment: what follows proves that it is not the end of the log.</summary>
    /// <returns>Null: no segment is long enough.</returns>
    public static DiskDamage? InLog(string dataDirectory, Random random, LogPart part = LogPart.Any)
    {
        string[] files = [.. Directory.GetFiles(System.IO.Path.Combine(dataDirectory, "segments"), "*.seg").Order()];
        (string Path, List<int> Frames)[] all = [.. files
            .Select(path => (path, FramesOf(path)))
            .Where(one => one.Item2.Count >= FewestFrames)];
        all = part switch
        {
            LogPart.Newest => all[^Math.Min(1, all.Length)..],
            LogPart.Sealed => all[..^Math.Min(1, all.Length)],
            _ => all,
        };
        if (all.Length == 0)
            return null;
        (string path, List<int> frames) = all[random.Next(all.Length)];
        // Behind the header, in what the frame says.
        return Flip(path, frames[random.Next(frames.Count / 2)] + 100);
    }

    /// <summary>In the middle of a snapshot.</summary>
    /// <returns>Null: there is none.</returns>
    public static DiskDamage? InSnapshot(string dataDirectory, Random random)
    {
        // Of a group the last one counts.
        string[] files = [.. Directory.GetFiles(System.IO.Path.Combine(dataDirectory, "snapshots"), "*.snap")
            .GroupBy(path => System.IO.Path.GetFileName(path).Split('-')[0])
            .Select(ofGroup => ofGroup.Max(StringComparer.Ordinal)!)
            .Order()];
        if (files.Length == 0)
            return null;
        string file = files[random.Next(files.Length)];
        return Flip(file, new FileInfo(file).Length / 2);
    }

    public override string ToString() => $"byte {Offset} of {System.IO.Path.GetFileName(Path)}";

    private static List<int> FramesOf(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        List<int> frames = [];
        for (int at = 0; at + KindAt < bytes.Length; at++)
        {
            int found = bytes.AsSpan(at).IndexOf(FrameMagic);
            if (found < 0)
                break;
            at += found;
            if (at + KindAt < bytes.Length && bytes[at + KindAt] == Entries)
                frames.Add(at);
        }

        return frames;
    }

    private static DiskDamage Flip(string path, long offset)
    {
        using FileStream file = File.Open(path, FileMode.Open, FileAccess.ReadWrite);
        file.Position = offset;
        int value = file.ReadByte();
        file.Position = offset;
        file.WriteByte((byte)(value ^ 0x10));
        return new DiskDamage(path, offset);
    }
}
