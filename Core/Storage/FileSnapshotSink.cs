using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Plain writes, an fsync when it is asked for, and one of the folder behind each change of a name.</summary>
internal sealed class FileSnapshotSink : ISnapshotSink
{
    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) =>
        RandomAccess.Write(file, bytes, offset);

    public void Flush(SafeFileHandle file) => RandomAccess.FlushToDisk(file);

    public void Rename(string from, string to)
    {
        File.Move(from, to, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(to)!);
    }

    public void Delete(string path)
    {
        File.Delete(path);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }
}
