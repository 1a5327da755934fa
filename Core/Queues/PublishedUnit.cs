using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>One message as a publish command carries it: its body inline, or sent ahead as chunks.</summary>
public readonly record struct PublishedUnit
{
    public required string Topic { get; init; }

    public required string RoutingKey { get; init; }

    /// <summary>Visible further keys; null = none.</summary>
    public IReadOnlyList<string>? MoreKeys { get; init; }

    public PropertyFormat Format { get; init; }

    /// <summary>The protocol's property block, byte for byte.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }

    public bool Persistent { get; init; }

    public byte Priority { get; init; }

    /// <summary>The message's own time to live; null = none.</summary>
    public long? TtlMs { get; init; }

    /// <summary>Not visible before this many ms after it is applied.</summary>
    public long DelayMs { get; init; }

    /// <summary>Kept in the rows of partitions; 0 = it has no tag.</summary>
    public int TagHash { get; init; }

    /// <summary>The body, unless it went ahead.</summary>
    public ReadOnlySequence<byte> Body { get; init; }

    /// <summary>Number of the upload that holds the body; null = inline.</summary>
    public long? Upload { get; init; }

    /// <summary>Bytes of all chunks of <see cref="Upload"/>; else unused.</summary>
    public long UploadBytes { get; init; }

    /// <summary>Makes it distinct: the group takes a number of a producer once; null = every publish is taken.</summary>
    public ProducerNumber? Producer { get; init; }

    /// <summary>A message that moved here from another group: what moving changed.</summary>
    public Overlay? Overlay { get; init; }

    /// <summary>A moved message: log time of its first publish, Unix ms.</summary>
    public long? PublishedMs { get; init; }
}
