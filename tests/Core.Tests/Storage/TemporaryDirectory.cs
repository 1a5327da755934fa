namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A real directory on a real disk, removed afterwards.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("cmq-store-").FullName;

    public string Segments => System.IO.Path.Combine(Path, "segments");

    public string Snapshots => System.IO.Path.Combine(Path, "snapshots");

    public string[] SegmentFiles => [.. Directory.EnumerateFiles(Segments, "*.seg").Order()];

    /// <summary>Segment files that hold something, in order: the prepared one does not.</summary>
    public string[] WrittenSegments => [.. SegmentFiles.Where(f => new FileInfo(f).Length > 0)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
