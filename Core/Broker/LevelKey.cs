namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// A routing key is a list of levels (DESIGN section 2), written with a dot between them. A protocol whose levels may
/// hold a dot themselves (MQTT, which cuts at <c>/</c>) writes such a dot as <see cref="DotInLevel"/>, so that
/// <c>a.b/c</c> and <c>a/b/c</c> stay different; a protocol that cuts at dots shows both as <c>a.b.c</c>.
/// </summary>
public static class LevelKey
{
    /// <summary>Between two levels.</summary>
    public const char Separator = '.';

    /// <summary>A dot that is part of a level.</summary>
    public const char DotInLevel = '\u001F';

    /// <summary>Levels of a pattern that is subscribed to, and of a key that has a last value; at most.</summary>
    public const int MaxLevels = 127;

    /// <summary>A first level that starts so is reserved: the pattern of a subscription or of a reading of last values
    /// that starts with a wildcard does not match it.</summary>
    public const char Reserved = '$';

    /// <summary>The key as a protocol shows it that knows no difference.</summary>
    public static string ToDotted(string key) =>
        key.Contains(DotInLevel, StringComparison.Ordinal) ? key.Replace(DotInLevel, Separator) : key;

    /// <summary>The first level is reserved.</summary>
    public static bool IsReserved(string key) => key.StartsWith(Reserved);

    /// <summary>The first level of the pattern is <c>*</c> or <c>#</c>.</summary>
    public static bool StartsWithWildcard(string pattern) =>
        pattern.Length > 0 && pattern[0] is '*' or '#' && (pattern.Length == 1 || pattern[1] == Separator);

    /// <summary>Levels of a key or pattern, a count; an empty one has none.</summary>
    public static int CountLevels(string key) =>
        key.Length == 0 ? 0 : key.AsSpan().Count(Separator) + 1;
}
