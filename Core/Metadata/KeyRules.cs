using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>The directory's hash tables: what is found by what.</summary>
internal static class KeyRules
{
    // Ids are counted up: taken as they are they fill a trie densely, which makes it small and shallow.
    private static int HashOfId(long id) => unchecked((int)id ^ (int)(id >> 32));

    // Seeded per process, because names and keys are chosen by clients.
    private static int HashOfText(ReadOnlySpan<char> text) => string.GetHashCode(text);

    internal readonly struct NamespaceById : IKeyRule<NamespaceEntry, long>
    {
        public static long KeyOf(NamespaceEntry item) => item.Id.Value;

        public static int HashOf(long key) => HashOfId(key);

        public static bool Same(long left, long right) => left == right;
    }

    internal readonly struct TopicById : IKeyRule<TopicEntry, long>
    {
        public static long KeyOf(TopicEntry item) => item.Info.Id.Value;

        public static int HashOf(long key) => HashOfId(key);

        public static bool Same(long left, long right) => left == right;
    }

    internal readonly struct TopicByName : IKeyRule<TopicInfo, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(TopicInfo item) => item.Name;

        public static int HashOf(ReadOnlySpan<char> key) => HashOfText(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => left.SequenceEqual(right);
    }

    internal readonly struct QueueById : IKeyRule<QueueRecord, long>
    {
        public static long KeyOf(QueueRecord item) => item.Info.Id.Value;

        public static int HashOf(long key) => HashOfId(key);

        public static bool Same(long left, long right) => left == right;
    }

    internal readonly struct QueueByName : IKeyRule<QueueRecord, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(QueueRecord item) => item.Info.Name;

        public static int HashOf(ReadOnlySpan<char> key) => HashOfText(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => left.SequenceEqual(right);
    }

    /// <summary>Items are a name, or the names that differ by case only.</summary>
    internal readonly struct NamesByFoldedName : IKeyRule<object, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(object item) => item is string[] names ? names[0] : (string)item;

        public static int HashOf(ReadOnlySpan<char> key) => EntityName.FoldedHash(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) =>
            EntityName.SameFolded(left, right);
    }

    /// <summary>Items are groups (<see cref="BindingGroup"/>) of the bindings of a topic that have one
    /// key.</summary>
    internal readonly struct BindingsByKey : IKeyRule<object, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(object item) => BindingGroup.First(item).Key;

        public static int HashOf(ReadOnlySpan<char> key) => HashOfText(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => left.SequenceEqual(right);
    }

    /// <summary>Items are groups (<see cref="BindingGroup"/>) of the bindings that have one target.</summary>
    internal readonly struct BindingsByTarget : IKeyRule<object, long>
    {
        public static long KeyOf(object item) => BindingGroup.First(item).Target;

        public static int HashOf(long key) => HashOfId(key);

        public static bool Same(long left, long right) => left == right;
    }

    internal readonly struct BindingByIdentity : IKeyRule<Binding, Binding>
    {
        public static Binding KeyOf(Binding item) => item;

        public static int HashOf(Binding key)
        {
            var hash = new HashCode();
            hash.Add(key.Source);
            hash.Add(key.Target);
            hash.Add(key.Key, StringComparer.Ordinal);
            hash.AddBytes(key.Arguments.Span);
            return hash.ToHashCode();
        }

        public static bool Same(Binding left, Binding right) => left.SameIdentity(right);
    }

    internal readonly struct PatternByLevel : IKeyRule<PatternNode, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(PatternNode item) => item.Level;

        public static int HashOf(ReadOnlySpan<char> key) => HashOfText(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => left.SequenceEqual(right);
    }
}
