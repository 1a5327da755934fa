using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// A binding in the form in which the directory keeps it: 48 bytes and its key, because there may be
/// millions.
/// </summary>
internal sealed class Binding : IComparable<Binding>
{
    private readonly Details? _details;

    public Binding(BindingInfo info)
    {
        Source = info.Source.Value;
        Invariant.Check(info.TargetQueue is null != info.TargetTopic is null, "a binding has one target");
        Target = info.TargetQueue is { } queue ? queue.Value : -info.TargetTopic!.Value.Value;
        Key = info.Key;
        if (info.Match is not null || !info.Arguments.IsEmpty)
            _details = new Details(info.Match, info.Arguments);
    }

    /// <summary>Id of the topic that it starts from.</summary>
    public long Source { get; }

    /// <summary>Id of the queue, or the negated id of the topic, that it leads to. Both come from one
    /// counter.</summary>
    public long Target { get; }

    public string Key { get; }

    public HeaderMatch? Match => _details?.Match;

    public ReadOnlyMemory<byte> Arguments => _details?.Arguments ?? default;

    public BindingInfo ToInfo() => new(
        new TopicId(Source),
        Target > 0 ? new QueueId(Target) : null,
        Target > 0 ? null : new TopicId(-Target),
        Key,
        Match,
        Arguments);

    public bool SameIdentity(Binding other) =>
        Source == other.Source
        && Target == other.Target
        && string.Equals(Key, other.Key, StringComparison.Ordinal)
        && Arguments.Span.SequenceEqual(other.Arguments.Span);

    /// <summary>The order in which bindings are listed and written; total, and the same on every
    /// member.</summary>
    public int CompareTo(Binding? other)
    {
        if (other is null)
            return 1;
        int order = Source.CompareTo(other.Source);
        if (order == 0)
            order = string.CompareOrdinal(Key, other.Key);
        if (order == 0)
            order = Target.CompareTo(other.Target);
        return order == 0 ? Arguments.Span.SequenceCompareTo(other.Arguments.Span) : order;
    }

    private sealed record Details(HeaderMatch? Match, ReadOnlyMemory<byte> Arguments);
}
