using System.Diagnostics;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>A file system of its own in memory, with little space. Needs the right to mount.</summary>
internal sealed class SmallDisk : IDisposable
{
    private SmallDisk(string path) => Path = path;

    public string Path { get; }

    /// <returns>Null where it may not be mounted.</returns>
    public static SmallDisk? TryMount(string size)
    {
        string path = Directory.CreateTempSubdirectory("cmqd-disk-").FullName;
        if (TryRun("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", path))
            return new SmallDisk(path);
        Directory.Delete(path);
        return null;
    }

    private string Ballast => System.IO.Path.Combine(Path, "ballast");

    /// <summary>Takes all the space that is left.</summary>
    public void Fill()
    {
        // Without a buffer, so that closing it writes nothing.
        using var ballast = new FileStream(Ballast, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] piece = new byte[64 * 1024];
        try
        {
            while (true)
                ballast.Write(piece);
        }
        catch (IOException)
        {
            // Full, which is what was wanted.
            return;
        }
    }

    /// <summary>Gives back what <see cref="Fill"/> took.</summary>
    public void Free() => File.Delete(Ballast);

    public void Grow(string size) => Assert.True(TryRun("mount", "-o", $"remount,size={size}", Path));

    public void Dispose()
    {
        Assert.True(TryRun("umount", Path));
        Directory.Delete(Path);
    }

    private static bool TryRun(string program, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return false;
        using Process process =
            Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
