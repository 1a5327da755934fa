namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The arguments of <c>cmqd</c>: <c>--Key=value</c> or <c>--Key value</c>.</summary>
/// <remarks>.NET's own command line source passes over what it does not understand; a mistyped argument must stop
/// the start instead.</remarks>
internal sealed record CommandLine(bool Help, bool Version, IReadOnlyDictionary<string, string?> Values)
{
    /// <exception cref="ConfigurationException">An argument that is not of that form.</exception>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        bool help = false;
        bool version = false;
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        for (int i = 0; i < arguments.Count; i++)
        {
            string argument = arguments[i];
            if (argument is "--help" or "-h" or "-?")
            {
                help = true;
                continue;
            }

            if (argument == "--version")
            {
                version = true;
                continue;
            }

            if (!argument.StartsWith("--", StringComparison.Ordinal) || argument.Length == 2)
                throw new ConfigurationException($"argument '{argument}' is not of the form --Key=value");

            int equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals >= 0)
                values[argument[2..equals]] = argument[(equals + 1)..];
            else if (i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal))
                values[argument[2..]] = arguments[++i];
            else
                throw new ConfigurationException($"argument '{argument}' has no value; write {argument}=value"
                    + (Settings.Find(argument[2..]) is null ? KeySuggestion.For(argument[2..]) : ""));
        }

        return new CommandLine(help, version, values);
    }
}
