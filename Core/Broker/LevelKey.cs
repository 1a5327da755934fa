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

    /// <summary>The key as a protocol shows it that knows no difference.</summary>
    public static string ToDotted(string key) =>
        key.Contains(DotInLevel, StringComparison.Ordinal) ? key.Replace(DotInLevel, Separator) : key;
}
