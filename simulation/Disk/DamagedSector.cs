namespace Cmq.MultiProtocol.Simulation.Disk;

/// <summary>A piece of one sector of a file that has other bytes than were written there.</summary>
/// <param name="Path">The file.</param>
/// <param name="Offset">Where it begins in it.</param>
/// <param name="Bytes">What is there now.</param>
internal sealed record DamagedSector(string Path, long Offset, byte[] Bytes)
{
    /// <summary>Nobody has written over it, or deleted the file.</summary>
    public bool IsThere
    {
        get
        {
            if (!File.Exists(Path))
                return false;
            using FileStream file = Open(Path, FileAccess.Read);
            byte[] present = new byte[Bytes.Length];
            return RandomAccess.Read(file.SafeFileHandle, present, Offset) == present.Length
                && present.AsSpan().SequenceEqual(Bytes);
        }
    }

    /// <summary>Gives the file other bytes there.</summary>
    /// <param name="path">The file.</param>
    /// <param name="offset">Where.</param>
    /// <param name="change">What each byte is changed by; none is 0.</param>
    public static DamagedSector Make(string path, long offset, byte[] change)
    {
        using FileStream file = Open(path, FileAccess.ReadWrite);
        byte[] bytes = new byte[change.Length];
        RandomAccess.Read(file.SafeFileHandle, bytes, offset);
        for (int i = 0; i < bytes.Length; i++)
            bytes[i] ^= change[i];
        RandomAccess.Write(file.SafeFileHandle, bytes, offset);
        return new DamagedSector(path, offset, bytes);
    }

    private static FileStream Open(string path, FileAccess access) =>
        new(path, FileMode.Open, access, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
}
