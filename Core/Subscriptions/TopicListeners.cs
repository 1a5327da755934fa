using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>All who listen at one topic; immutable, a change copies paths.</summary>
internal sealed class TopicListeners(TopicId topic)
{
    public TopicId Topic => topic;

    /// <summary>All patterns, those with wildcards, too.</summary>
    public HashTrie<PatternListeners, ReadOnlySpan<char>, ListenerRules.ByPattern> ByPattern { get; private init; }

    /// <summary>Those with wildcards.</summary>
    public PatternNode Wildcards { get; private init; } = PatternNode.Empty;

    /// <summary>Puts them in the place of those with the same pattern; empty ones go.</summary>
    public TopicListeners With(PatternListeners listeners) => new(topic)
    {
        ByPattern = listeners.IsEmpty ? ByPattern.Without(listeners.Pattern) : ByPattern.With(listeners),
        Wildcards = listeners.HasWildcard
            ? Wildcards.With(listeners.Pattern, listeners.IsEmpty ? null : listeners)
            : Wildcards,
    };
}
