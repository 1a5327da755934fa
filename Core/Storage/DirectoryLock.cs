namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Keeps a second process, or a second store of this one, out of the directory while it is
/// open.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly FileStream _file;

    private DirectoryLock(FileStream file) => _file = file;

    /// <exception cref="LogStoreException">Somebody else has the directory open.</exception>
    public static DirectoryLock Take(string directory)
    {
        string path = Path.Combine(directory, "lock");
        try
        {
            return new DirectoryLock(
                new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0));
        }
        catch (IOException e)
        {
            throw new LogStoreException($"The data directory {directory} is in use by another process ({path}).", e);
        }
    }

    public void Dispose() => _file.Dispose();
}
