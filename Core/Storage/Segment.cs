using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>One file of the chain. Its mutable members are guarded by <see cref="StoreIndex"/>.</summary>
internal sealed class Segment(long number, string path)
{
    public long Number { get; } = number;

    public string Path { get; } = path;

    public bool Sealed { get; set; }

    /// <summary>Released by a frame; its file is about to go.</summary>
    public bool Released { get; set; }

    /// <summary>End of the last durable frame, in bytes from the start of the file.</summary>
    public long DataEnd { get; set; }

    /// <summary>Bytes of the chain before it, as far as this opening of the store knows them; only differences
    /// count.</summary>
    public long StartAt { get; set; }

    /// <summary>So little of it is needed that this is being moved out of it.</summary>
    public bool IsSparse { get; set; }

    /// <summary>Bytes moved out of it since it was found to be sparse.</summary>
    public long MovedBytes { get; set; }

    public long FirstSequence { get; set; }

    public long LastSequence { get; set; }

    /// <summary>Bytes that the file occupies.</summary>
    public long DiskBytes { get; set; }

    /// <summary>Grows while the segment is written; null once sealed.</summary>
    public SegmentMap? Map { get; set; }

    /// <summary>Reader of the unsealed file; null once sealed.</summary>
    public SegmentReader? Reader { get; set; }

    /// <summary>O_SYNC handle, open until the segment is sealed.</summary>
    public SafeFileHandle? Writer { get; set; }

    public static string PathOf(string directory, long number) =>
        System.IO.Path.Combine(directory, $"{number:D12}.seg");

    /// <summary>Creates the file of a number never used before, and makes its name durable.</summary>
    public static Segment Create(string directory, long number)
    {
        string path = PathOf(directory, number);
        SafeFileHandle writer = File.OpenHandle(
            path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete,
            FileOptions.WriteThrough);
        SafeFileHandle reader = File.OpenHandle(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        DirectorySync.Flush(directory);
        var map = new SegmentMap();
        return new Segment(number, path)
        {
            Map = map,
            Writer = writer,
            Reader = new SegmentReader(number, reader, map),
        };
    }
}
