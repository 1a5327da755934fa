using Cmq.MultiProtocol.Core.Metadata;
using FsCheck;
using FsCheck.Fluent;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Metadata;

public sealed class HashTrieTests
{
    [Fact]
    public void It_does_what_a_dictionary_does_and_leaves_old_versions_alone()
    {
        var step = from key in Gen.Choose(0, 40)
                   from value in Gen.Choose(0, 3)
                   select (Key: key, Value: value);

        Prop.ForAll(step.ListOf().Resize(200).ToArbitrary(), Agrees)
            .Check(Config.QuickThrowOnFailure.WithMaxTest(500));
    }

    private static bool Agrees(IList<(int Key, int Value)> steps)
    {
        var trie = default(HashTrie<Item, int, ByPoorHash>);
        var model = new Dictionary<int, int>();
        var versions = new List<(HashTrie<Item, int, ByPoorHash> Trie, Dictionary<int, int> Model)>();
        foreach ((int key, int value) in steps)
        {
            // Value 0 removes.
            trie = value == 0 ? trie.Without(key) : trie.With(new Item(key, value));
            if (value == 0)
                model.Remove(key);
            else
                model[key] = value;
            versions.Add((trie, new Dictionary<int, int>(model)));
        }
        return versions.All(version => Same(version.Trie, version.Model));
    }

    private static bool Same(HashTrie<Item, int, ByPoorHash> trie, Dictionary<int, int> model) =>
        trie.Count == model.Count
        && trie.ToList().Count == model.Count
        && (trie.Any() is null) == (model.Count == 0)
        && Enumerable.Range(0, 41).All(key =>
            model.TryGetValue(key, out int value) ? trie.Find(key)?.Value == value : trie.Find(key) is null);

    private sealed record Item(int Key, int Value);

    // Few hashes, some of which differ in the last levels only: buckets and long paths.
    private readonly struct ByPoorHash : IKeyRule<Item, int>
    {
        public static int KeyOf(Item item) => item.Key;

        public static int HashOf(int key) => unchecked((key % 3) << 30 | (key % 5) << 12 | key % 2);

        public static bool Same(int left, int right) => left == right;
    }
}
