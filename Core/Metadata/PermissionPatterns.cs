using System.Text.RegularExpressions;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// What a user may do in a namespace: three regular expressions on names, unanchored, the empty one matching
/// nothing. Compiled without backtracking at the first use and kept. Immutable and thread-safe.
/// </summary>
public sealed class PermissionPatterns(string configure, string write, string read)
{
    /// <summary>Most users' pattern; every name has an empty beginning.</summary>
    private const string Any = ".*";

    private readonly Lazy<Regex>[] _compiled = [Compiled(configure), Compiled(write), Compiled(read)];

    public string Configure { get; } = configure;

    public string Write { get; } = write;

    public string Read { get; } = read;

    /// <summary>Does the pattern for <paramref name="access"/> match the name?</summary>
    public bool Allow(Access access, string name)
    {
        string pattern = access switch
        {
            Access.Configure => Configure,
            Access.Write => Write,
            Access.Read => Read,
            _ => throw new ArgumentOutOfRangeException(nameof(access)),
        };
        return pattern == Any || (pattern.Length > 0 && _compiled[(int)access].Value.IsMatch(name));
    }

    /// <summary>Can it be compiled without backtracking (no back references, look-arounds, atomic
    /// groups)?</summary>
    internal static bool IsGood(string pattern)
    {
        try
        {
            return Compile(pattern) is not null;
        }
        catch (ArgumentException)
        {
            // Not a regular expression.
            return false;
        }
        catch (NotSupportedException)
        {
            // One that only backtracking could evaluate.
            return false;
        }
    }

    private static Lazy<Regex> Compiled(string pattern) =>
        new(() => Compile(pattern), LazyThreadSafetyMode.PublicationOnly);

    private static Regex Compile(string pattern) =>
        new(pattern, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
}
