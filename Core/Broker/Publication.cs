using System.Buffers;

namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message on its way in. Everything is copied before <see cref="IBrokerConnection.Publish"/> returns.</summary>
public readonly record struct Publication
{
    public required TopicInfo Topic { get; init; }

    /// <summary>The key it was published with; what a consumer sees.</summary>
    public required string RoutingKey { get; init; }

    /// <summary>Further keys that route and stay visible (kept with the message for dead-lettering).</summary>
    public IReadOnlyList<string>? MoreKeys { get; init; }

    /// <summary>Further keys that route and are then forgotten.</summary>
    public IReadOnlyList<string>? HiddenKeys { get; init; }

    /// <summary>For topics of kind Headers.</summary>
    public IRoutingHeaders? Headers { get; init; }

    /// <summary>Whose encoding <see cref="Properties"/> is.</summary>
    public required PropertyFormat Format { get; init; }

    /// <summary>The protocol's property block, kept byte for byte.</summary>
    public required ReadOnlyMemory<byte> Properties { get; init; }

    public required ReadOnlySequence<byte> Body { get; init; }

    /// <summary>The message's own time to live in ms from now; null = none.</summary>
    public long? TtlMs { get; init; }

    /// <summary>Not visible before this many ms from now.</summary>
    public long DelayMs { get; init; }

    public byte Priority { get; init; }

    /// <summary>The publisher's wish as stated; what goes to a durable queue is logged in any case.</summary>
    public bool Persistent { get; init; }

    /// <summary>What it does to the last value of its topic and key: one more target, which the outcome waits for.
    /// <see cref="Reply.LimitReached"/>: there is no room for another last value.</summary>
    public LastValueChange LastValue { get; init; }

    /// <summary>Makes it distinct, so that a repetition is stored once; null = every publish is stored.</summary>
    public ProducerNumber? Producer { get; init; }

    /// <summary>The partition it goes to; null = one is chosen, if the topic has any. One that is not (or no longer) the
    /// topic's own gets nothing, and no other gets it instead.</summary>
    public QueueId? Partition { get; init; }

    /// <summary>Chooses the partition by its hash.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>Kept with the message in its partition, for <see cref="PartitionQuery.TagHashes"/>; null = the hash of
    /// its routing key, which is the tag of what other protocols publish to a topic with partitions.</summary>
    public int? TagHash { get; init; }

    /// <summary>It is a copy for a consumer, of what is stored already: also taken while disk space is short.</summary>
    public bool IsForConsumer { get; init; }

    /// <summary>Parks it: it is routed when it is shown (<see cref="IParkedMessages"/>), and goes nowhere now.</summary>
    public Parking? Park { get; init; }
}
