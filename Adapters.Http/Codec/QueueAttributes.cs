namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>A queue's attributes as CreateQueue and SetQueueAttributes state them, and as answers show them.
/// Null = not given.</summary>
public sealed record QueueAttributes
{
    public long? MaxMsgHeapNum { get; init; }

    public int? PollingWaitSeconds { get; init; }

    public int? VisibilityTimeout { get; init; }

    /// <summary>Bytes.</summary>
    public int? MaxMsgSize { get; init; }

    public int? MsgRetentionSeconds { get; init; }

    public int? RewindSeconds { get; init; }

    public DeadLetterPolicy? DeadLetterPolicy { get; init; }

    /// <summary>A policy was given that is empty: the queue shall have none.</summary>
    public bool ClearsDeadLetterPolicy { get; init; }
}
