namespace Cmq.MultiProtocol.Interop.Clients.Matrix;

/// <summary>What a message says of itself, in the rows of docs/mapping.md; null = not set.</summary>
internal sealed record SampleMessage
{
    public string? ContentType { get; init; }

    public string? ContentEncoding { get; init; }

    public string? CorrelationId { get; init; }

    /// <summary>With dots.</summary>
    public string? ReplyTo { get; init; }

    public string? MessageId { get; init; }

    public long? TimestampMs { get; init; }

    public string? Type { get; init; }

    public string? UserId { get; init; }

    public string? AppId { get; init; }

    public int? Priority { get; init; }

    public long? TtlMs { get; init; }

    /// <summary>The broker drops the message after <see cref="TtlMs"/>; else that is only told.</summary>
    public bool Expires { get; init; }

    public string[] Tags { get; init; } = [];

    public string[] Keys { get; init; } = [];

    /// <summary>Texts and whole numbers.</summary>
    public IReadOnlyDictionary<string, object> Headers { get; init; } = new Dictionary<string, object>();

    /// <summary>Everything set. The user is the one that the tests log in as, because AMQP checks it; the time is in
    /// whole seconds, because AMQP has no others.</summary>
    public static SampleMessage Full() => new()
    {
        ContentType = "application/x-größe",
        ContentEncoding = "identity",
        CorrelationId = "call 7 ✓",
        ReplyTo = "replies.to.me",
        MessageId = $"id-{Guid.NewGuid():N}",
        TimestampMs = 1_700_000_123_000,
        Type = "order.created",
        UserId = "guest",
        AppId = "shop",
        Priority = 5,
        TtlMs = 600_000,
        Expires = true,
        Tags = ["red", "größer"],
        Keys = ["order-1", "customer-2"],
        Headers = new Dictionary<string, object> { ["colour"] = "blué", ["count"] = 7 },
    };
}
