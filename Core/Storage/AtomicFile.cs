namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Replaces a file so that a crash leaves the old content or the new one, never a mixture.</summary>
internal static class AtomicFile
{
    public const string TemporarySuffix = ".tmp";

    public static void Replace(string path, Action<FileStream> write)
    {
        string temporary = path + TemporarySuffix;
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
        DirectorySync.Flush(Path.GetDirectoryName(path)!);
    }
}
