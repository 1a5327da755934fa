using System.Collections;
using Microsoft.Extensions.Configuration;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Puts the sources together: <c>appsettings.json</c> beside the executable, then the one in the working
/// directory, then the environment, then the command line; the later one wins.</summary>
internal static class ConfigurationLoader
{
    public const string FileName = "appsettings.json";
    public const string EnvironmentPrefix = "CMQ_";

    /// <param name="directories">Where <see cref="FileName"/> is looked for, weakest first; it may be missing.</param>
    /// <param name="environment">Variables and values, as <see cref="Environment.GetEnvironmentVariables()"/>.</param>
    /// <param name="commandLine">The parsed arguments.</param>
    /// <exception cref="ConfigurationException">A file that is no JSON.</exception>
    public static IReadOnlyList<ConfigurationSource> Load(
        IEnumerable<string> directories, IDictionary environment, CommandLine commandLine)
    {
        var sources = new List<ConfigurationSource>();
        foreach (string directory in directories.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal))
        {
            string file = Path.Combine(directory, FileName);
            if (File.Exists(file))
                sources.Add(new ConfigurationSource(file, ReadFile(file)));
        }

        sources.Add(new ConfigurationSource("environment", FromDictionary(FromEnvironment(environment))));
        sources.Add(new ConfigurationSource("command line", FromDictionary(commandLine.Values)));
        return sources;
    }

    private static IConfigurationRoot ReadFile(string file)
    {
        try
        {
            return new ConfigurationBuilder().AddJsonFile(file, optional: false, reloadOnChange: false).Build();
        }
        catch (InvalidDataException failure)
        {
            throw new ConfigurationException($"{file}: {failure.InnerException?.Message ?? failure.Message}", failure);
        }
        catch (UnauthorizedAccessException failure)
        {
            throw new ConfigurationException($"{file}: {failure.Message}", failure);
        }
    }

    private static Dictionary<string, string?> FromEnvironment(IDictionary environment)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (DictionaryEntry variable in environment)
        {
            string name = (string)variable.Key;
            if (name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase))
                values[name[EnvironmentPrefix.Length..].Replace("__", ":", StringComparison.Ordinal)] =
                    (string?)variable.Value;
        }

        return values;
    }

    private static IConfigurationRoot FromDictionary(IEnumerable<KeyValuePair<string, string?>> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values).Build();
}
