using System.Diagnostics;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A fact that needs a disk of its own, a tmpfs: skipped where none may be mounted.</summary>
public sealed class SmallDiskFactAttribute : FactAttribute
{
    public SmallDiskFactAttribute()
    {
        string folder = Directory.CreateTempSubdirectory("cmq-mount-").FullName;
        if (!TryRun("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder) || !TryRun("umount", folder))
            Skip = "a tmpfs cannot be mounted here";
        Directory.Delete(folder);
    }

    internal static bool TryRun(string program, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux() || !Environment.IsPrivilegedProcess)
            return false;
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
