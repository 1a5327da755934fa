namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message's properties in the core's own words: what one protocol's block becomes before another
/// protocol's is made of it. Null = not set.</summary>
public sealed record MessageProperties
{
    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    public string? CorrelationId { get; init; }

    public string? ReplyTo { get; init; }

    public string? MessageId { get; init; }

    /// <summary>The publisher's own time stamp, Unix ms.</summary>
    public long? TimestampMs { get; init; }

    public string? Type { get; init; }

    public string? UserId { get; init; }

    public string? AppId { get; init; }

    public byte? Priority { get; init; }

    public long? TtlMs { get; init; }

    /// <summary>Filter words set by the publisher.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Words to find the message by.</summary>
    public IReadOnlyList<string> Keys { get; init; } = [];

    /// <summary>User headers in order; repeated names are allowed.</summary>
    public IReadOnlyList<KeyValuePair<string, HeaderValue>> Headers { get; init; } = [];
}
