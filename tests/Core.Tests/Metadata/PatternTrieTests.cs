using Cmq.MultiProtocol.Core.Metadata;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class PatternTrieTests
{
    private static readonly Gen<string> Pattern = Levels(["a", "b", "", "*", "#", "#"]);
    private static readonly Gen<string> Key = Levels(["a", "b", "", "c"]);

    [Fact]
    public void The_trie_matches_what_a_naive_matcher_matches()
    {
        var cases =
            from patterns in Pattern.Where(PatternIsWild).ArrayOf(12)
            from removed in Gen.Choose(0, 6)
            from keys in Key.ArrayOf(10)
            select (Patterns: patterns.Distinct().ToArray(), Removed: removed, Keys: keys);

        Prop.ForAll(cases.ToArbitrary(), Agrees).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
    }

    private static bool Agrees((string[] Patterns, int Removed, string[] Keys) sample)
    {
        PatternNode root = PatternNode.Empty;
        foreach (string pattern in sample.Patterns)
            root = root.With(pattern, pattern);
        foreach (string pattern in sample.Patterns.Take(sample.Removed))
            root = root.With(pattern, null);
        string[] present = [.. sample.Patterns.Skip(sample.Removed)];

        var matcher = new PatternMatcher();
        return root.IsEmpty == (present.Length == 0) && sample.Keys.All(key =>
            matcher.Match(root, key)
                .Where(node => node.Ends is not null)
                .Select(node => (string)node.Ends!)
                .Order(StringComparer.Ordinal)
                .SequenceEqual(present
                    .Where(pattern => NaiveMatch(Cut(pattern), Cut(key)))
                    .Order(StringComparer.Ordinal)));
    }

    private static bool PatternIsWild(string pattern) => PatternNode.HasWildcard(pattern);

    private static bool NaiveMatch(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
            return key.IsEmpty;
        if (pattern[0] == "#")
            return NaiveMatch(pattern[1..], key) || (!key.IsEmpty && NaiveMatch(pattern, key[1..]));
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && NaiveMatch(pattern[1..], key[1..]);
    }

    private static string[] Cut(string text) => text.Length == 0 ? [] : text.Split('.');

    private static Gen<string> Levels(string[] words) =>
        from count in Gen.Choose(0, 6)
        from levels in Gen.Elements(words).ArrayOf(count)
        select string.Join('.', levels);
}
