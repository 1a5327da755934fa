using System.Diagnostics;

namespace Cmq.MultiProtocol.Interop.Durability;

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
