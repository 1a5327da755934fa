namespace Cmq.MultiProtocol.Benchmarks.Compare.Sides;

/// <summary>Debian's packages.</summary>
public static class Packages
{
    /// <summary>Debian's way to say that installing a package starts no service (policy-rc.d, exit code 101).</summary>
    private const string Policy = "/usr/sbin/policy-rc.d";

    /// <summary>Installs what is missing. Its services are not started.</summary>
    public static async Task InstallAsync(IEnumerable<string> names, CancellationToken cancellation)
    {
        List<string> missing = [];
        foreach (string name in names)
        {
            if (await VersionAsync(name, cancellation) == "")
                missing.Add(name);
        }

        if (missing.Count == 0)
            return;
        await Console.Error.WriteLineAsync($"installing {string.Join(", ", missing)}");
        bool isOurs = !File.Exists(Policy);
        if (isOurs)
        {
            await File.WriteAllTextAsync(Policy, "#!/bin/sh\nexit 101\n", cancellation);
            File.SetUnixFileMode(Policy, (UnixFileMode)0b111_101_101);
        }

        try
        {
            var quiet = new Dictionary<string, string> { ["DEBIAN_FRONTEND"] = "noninteractive" };
            await ChildProcess.RunAsync("apt-get", ["update", "-qq"], "/", cancellation, quiet);
            await ChildProcess.RunAsync("apt-get", ["install", "-y", "-qq", .. missing], "/", cancellation, quiet);
        }
        finally
        {
            if (isOurs)
                File.Delete(Policy);
        }
    }

    /// <returns>Empty when it is not installed.</returns>
    public static async Task<string> VersionAsync(string name, CancellationToken cancellation)
    {
        await using ChildProcess query =
            ChildProcess.Start("dpkg-query", ["-W", "-f=${db:Status-Status} ${Version}", name], "/");
        int code = await query.WaitAsync(cancellation);
        return code == 0 && query.Lines is [var line] && line.Split(' ') is ["installed", var version] ? version : "";
    }
}
