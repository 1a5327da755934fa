using System.Runtime.CompilerServices;

namespace Cmq.MultiProtocol.Host.Tests;

/// <summary>The source tree that the tests were built from.</summary>
internal static class Repository
{
    public static string Root { get; } = Find(Here());

    private static string Find(string start)
    {
        for (string? directory = start; directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (File.Exists(Path.Combine(directory, "Cmq.MultiProtocol.sln")))
                return directory;
        }

        throw new DirectoryNotFoundException($"No Cmq.MultiProtocol.sln above {start}");
    }

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
