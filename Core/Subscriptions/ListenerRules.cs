using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>The hash tables of subscriptions: what is found by what.</summary>
internal static class ListenerRules
{
    // Numbers are counted up: taken as they are they fill a table densely.
    private static int HashOfNumber(long number) => unchecked((int)number ^ (int)(number >> 32));

    internal readonly struct ByConnection : IKeyRule<Listener, long>
    {
        public static long KeyOf(Listener item) => item.Subscriber.Number;

        public static int HashOf(long key) => HashOfNumber(key);

        public static bool Same(long left, long right) => left == right;
    }

    internal readonly struct ByFilter : IKeyRule<Listener, FilterKey>
    {
        public static FilterKey KeyOf(Listener item) => item.Filter;

        public static int HashOf(FilterKey key) => key.GetHashCode();

        public static bool Same(FilterKey left, FilterKey right) => left == right;
    }

    internal readonly struct ByPattern : IKeyRule<PatternListeners, ReadOnlySpan<char>>
    {
        public static ReadOnlySpan<char> KeyOf(PatternListeners item) => item.Pattern;

        // Seeded per process, because patterns and keys are chosen by clients.
        public static int HashOf(ReadOnlySpan<char> key) => string.GetHashCode(key);

        public static bool Same(ReadOnlySpan<char> left, ReadOnlySpan<char> right) => left.SequenceEqual(right);
    }

    internal readonly struct ByTopic : IKeyRule<TopicListeners, long>
    {
        public static long KeyOf(TopicListeners item) => item.Topic.Value;

        public static int HashOf(long key) => HashOfNumber(key);

        public static bool Same(long left, long right) => left == right;
    }
}
