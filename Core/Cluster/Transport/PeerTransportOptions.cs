namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>Settings of the connections between nodes (<c>Cluster:*</c>). All nodes should have the same
/// ones.</summary>
public sealed record PeerTransportOptions
{
    /// <summary>Shortest <see cref="Secret"/> accepted, in characters.</summary>
    public const int MinSecretCharacters = 16;

    /// <summary>This node; its hello carries the same id.</summary>
    public required NodeId Node { get; init; }

    /// <summary>What all nodes of the cluster share (<c>Cluster:Secret</c>), at least
    /// <see cref="MinSecretCharacters"/> characters; null: plain TCP, and that on loopback only.</summary>
    public string? Secret { get; init; }

    /// <summary>Largest payload on the control lane, in bytes; more is not sent, and breaks when
    /// received.</summary>
    public int MaxControlPayloadBytes { get; init; } = 1 << 20;

    /// <summary>Largest payload on the data and bulk lanes, in bytes; more is not sent, and breaks when
    /// received.</summary>
    public int MaxPayloadBytes { get; init; } = 80 << 20;

    /// <summary>What may wait to be written to one peer's control lane, in bytes; more is dropped. A single
    /// message may exceed it while nothing else waits; so on all lanes.</summary>
    public long ControlQueueBytes { get; init; } = 4L << 20;

    /// <summary>What may wait to be written to one peer's data lane, in bytes; more is dropped.</summary>
    public long DataQueueBytes { get; init; } = 64L << 20;

    /// <summary>What may wait to be written to one peer's bulk lane, in bytes; more is dropped.</summary>
    public long BulkQueueBytes { get; init; } = 16L << 20;

    /// <summary>A lane that sent nothing for so long sends an empty frame.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A lane that received nothing for so long is broken.</summary>
    public TimeSpan MaxSilence { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For connecting, TLS, and the hellos of all three lanes.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Pause before the second attempt to connect; doubled, and drawn down by up to a half, with
    /// each one.</summary>
    public TimeSpan MinRedialDelay { get; init; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Longest pause between two attempts to connect.</summary>
    public TimeSpan MaxRedialDelay { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Nodes that this one talks to at most; hellos of more are refused.</summary>
    public int MaxPeers { get; init; } = 64;

    /// <summary>Inbound connections that have not shown their hello yet; more are closed at once.</summary>
    public int MaxInboundHandshakes { get; init; } = 64;

    /// <summary>Without the secret, which must not reach a log.</summary>
    public override string ToString() => $"node {Node}, {(Secret is null ? "plain" : "TLS")}";

    internal int MaxPayload(PeerLane lane) =>
        lane == PeerLane.Control ? MaxControlPayloadBytes : MaxPayloadBytes;

    internal long QueueBytes(PeerLane lane) => lane switch
    {
        PeerLane.Control => ControlQueueBytes,
        PeerLane.Data => DataQueueBytes,
        _ => BulkQueueBytes,
    };

    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    internal void Check()
    {
        if (Node.Value < 1)
            throw new ArgumentException($"Node:Id {Node} is below 1");
        // The certificate of a node shows whoever connects enough to try secrets at home, so short ones are
        // no use.
        if (Secret is not null && Secret.Length < MinSecretCharacters)
            throw new ArgumentException($"Cluster:Secret has fewer than {MinSecretCharacters} characters");

        AtLeast(MaxControlPayloadBytes, 1, nameof(MaxControlPayloadBytes));
        AtLeast(MaxPayloadBytes, 1, nameof(MaxPayloadBytes));
        AtLeast(ControlQueueBytes, 1, nameof(ControlQueueBytes));
        AtLeast(DataQueueBytes, 1, nameof(DataQueueBytes));
        AtLeast(BulkQueueBytes, 1, nameof(BulkQueueBytes));
        AtLeast(KeepAlive.Ticks, TimeSpan.TicksPerMillisecond, nameof(KeepAlive));
        AtLeast(MaxSilence.Ticks, 2 * KeepAlive.Ticks, nameof(MaxSilence));
        AtLeast(HandshakeTimeout.Ticks, TimeSpan.TicksPerMillisecond, nameof(HandshakeTimeout));
        AtLeast(MinRedialDelay.Ticks, TimeSpan.TicksPerMillisecond, nameof(MinRedialDelay));
        AtLeast(MaxRedialDelay.Ticks, MinRedialDelay.Ticks, nameof(MaxRedialDelay));
        AtLeast(MaxPeers, 1, nameof(MaxPeers));
        AtLeast(MaxInboundHandshakes, 1, nameof(MaxInboundHandshakes));
    }

    private static void AtLeast(long value, long least, string name)
    {
        if (value < least)
            throw new ArgumentException($"{name} {value} is below {least}");
    }
}
