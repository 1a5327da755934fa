using System.Reflection;
using System.Runtime.CompilerServices;

namespace Cmq.MultiProtocol.Interop;

/// <summary>Where the sources and the built broker are.</summary>
public static class Repository
{
    /// <summary>Names an executable to test instead of the built one.</summary>
    public const string BrokerVariable = "CMQD";

    public static string Root { get; } = Find(Here());

    /// <summary>The <c>cmqd</c> that was built in the configuration of these tests.</summary>
    public static string Broker
    {
        get
        {
            string configuration = typeof(Repository).Assembly
                .GetCustomAttribute<AssemblyConfigurationAttribute>()?.Configuration ?? "Release";
            string file = Environment.GetEnvironmentVariable(BrokerVariable) is { Length: > 0 } chosen
                ? chosen
                : Path.Combine(Root, "Host", "bin", configuration, "net10.0", "cmqd");
            return File.Exists(file) ? file : throw new FileNotFoundException($"No broker at {file}; build Host first");
        }
    }

    /// <summary>A folder under <c>interop-tests</c>.</summary>
    public static string Client(string folder) => Path.Combine(Root, "interop-tests", folder);

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
