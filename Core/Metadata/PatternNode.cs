namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// A node of the trie of patterns of one topic: levels are cut at '.', <c>*</c> stands for one level,
/// <c>#</c> for any number. Immutable; a change copies the path. Patterns without a wildcard are not in it: a
/// hash table has them.
/// </summary>
internal sealed class PatternNode
{
    public const char Separator = '.';

    public static readonly PatternNode Empty = new();

    /// <summary>Text of the level that leads here; "" for the root and for the wildcards.</summary>
    public string Level { get; private init; } = "";

    /// <summary>Next levels that are plain text.</summary>
    public HashTrie<PatternNode, ReadOnlySpan<char>, KeyRules.PatternByLevel> Children { get; private init; }

    /// <summary>Next level is <c>*</c>.</summary>
    public PatternNode? One { get; private init; }

    /// <summary>Next level is <c>#</c>.</summary>
    public PatternNode? Any { get; private init; }

    /// <summary>Group of the bindings whose pattern ends here (<see cref="BindingGroup"/>).</summary>
    public object? Ends { get; private init; }

    public bool IsEmpty => Ends is null && One is null && Any is null && Children.Count == 0;

    public static bool HasWildcard(ReadOnlySpan<char> pattern)
    {
        foreach (Range level in pattern.Split(Separator))
        {
            if (pattern[level] is "*" or "#")
                return true;
        }
        return false;
    }

    /// <summary>Sets the group of a pattern; null takes the pattern out.</summary>
    public PatternNode With(ReadOnlySpan<char> pattern, object? group) =>
        pattern.IsEmpty ? Copy(ends: group) : WithNext(pattern, group);

    // At most 128 levels fit into a key of 255 bytes, so that recursion is bounded.
    private PatternNode WithNext(ReadOnlySpan<char> rest, object? group)
    {
        int cut = rest.IndexOf(Separator);
        ReadOnlySpan<char> level = cut < 0 ? rest : rest[..cut];
        PatternNode? next = level switch
        {
            "*" => One,
            "#" => Any,
            _ => Children.Find(level),
        };
        next ??= level is "*" or "#" ? Empty : new PatternNode { Level = level.ToString() };
        next = cut < 0 ? next.Copy(ends: group) : next.WithNext(rest[(cut + 1)..], group);

        PatternNode? left = next.IsEmpty ? null : next;
        return level switch
        {
            "*" => new PatternNode { Level = Level, Children = Children, One = left, Any = Any, Ends = Ends },
            "#" => new PatternNode { Level = Level, Children = Children, One = One, Any = left, Ends = Ends },
            _ => new PatternNode
            {
                Level = Level,
                Children = left is null ? Children.Without(level) : Children.With(left),
                One = One,
                Any = Any,
                Ends = Ends,
            },
        };
    }

    private PatternNode Copy(object? ends) =>
        new() { Level = Level, Children = Children, One = One, Any = Any, Ends = ends };
}
