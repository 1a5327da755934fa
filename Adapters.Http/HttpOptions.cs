namespace Cmq.MultiProtocol.Adapters.Http;

/// <summary>Settings of the CMQ HTTP door (configuration section <c>Http</c>). Ranges of queue attributes
/// that no setting changes are with the actions that they belong to (Codec/HttpActionReader).</summary>
public sealed record HttpOptions
{
    /// <summary>Largest form body in bytes as it is on the wire. Percent-encoding triples a body of the
    /// largest message size; the rest is room for the other parameters.</summary>
    public int MaxRequestBytes { get; init; } = (3 * 1024 * 1024) + (128 * 1024);

    /// <summary>Largest request line in bytes, for parameters in a GET's query; the server refuses longer
    /// ones itself.</summary>
    public int MaxRequestLineBytes { get; init; } = 128 * 1024;

    /// <summary>Form bytes of all requests together that are held in memory; beyond it a request is told to
    /// slow down. A request takes up to three times its form.</summary>
    public long MaxRequestBytesInFlight { get; init; } = 128L * 1024 * 1024;

    /// <summary>Most parameters of one request, a count.</summary>
    public int MaxParameters { get; init; } = 256;

    /// <summary>Receives that wait for a message at a time, a count; beyond it a receive with a wait is told
    /// to slow down.</summary>
    public int MaxConcurrentPolls { get; init; } = 20_000;

    /// <summary>Connections to the core, one per user and namespace, a count; unused ones make
    /// room.</summary>
    public int MaxSessions { get; init; } = 1_000;

    /// <summary>Answers with at most this many body bytes are sent with their length; larger ones in
    /// chunks.</summary>
    public int MaxBufferedAnswerBytes { get; init; } = 2 * 1024 * 1024;

    /// <summary>How far a request's Timestamp may be from this node's clock, in seconds; 0 = not
    /// checked.</summary>
    public int ClockSkewSeconds { get; init; } = 7_200;

    /// <summary>Requests that carry an <c>appId</c> instead of a signature act with this access key; null =
    /// they are refused.</summary>
    public string? AnonymousSecretId { get; init; }

    /// <summary>Texts that clients may have signed as their endpoint's host (with the port if their endpoint
    /// has one), for proxies that rewrite the Host header.</summary>
    public IReadOnlyList<string> HostAliases { get; init; } = [];

    /// <summary>Largest message and largest sum of a batch over this door, in bytes.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Largest delaySeconds.</summary>
    public int MaxDelaySeconds { get; init; } = 3_600;

    /// <summary>Smallest maxMsgHeapNum that a queue may be given, a count.</summary>
    public int MinHeapMessages { get; init; } = 1_000_000;

    /// <summary>Delayed messages of a queue made through this door, a count.</summary>
    public int MaxDelayedMessages { get; init; } = 20_000;

    /// <summary>Subscriptions of one topic, a count.</summary>
    public int MaxSubscriptions { get; init; } = 1_000;

    /// <summary>Queues that may share a dead letter queue, a count.</summary>
    public int MaxDeadLetterSources { get; init; } = 6;
}
