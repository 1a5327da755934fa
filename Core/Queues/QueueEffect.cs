namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>One effect; which fields count is said at <see cref="QueueEffectKind"/>.</summary>
internal readonly record struct QueueEffect(QueueEffectKind Kind, QueueId Queue)
{
    public long First { get; init; }

    public long Count { get; init; }

    public long Number { get; init; }

    public ConsumerKey Consumer { get; init; }

    public RequestId Request { get; init; }
}
