using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>One node's side of a session.</summary>
/// <param name="node">The node.</param>
/// <param name="life">Which of its lives.</param>
internal sealed class NodeEnd(NodeId node, int life)
{
    private const int Lanes = 3;

    public NodeId Node => node;

    public int Life => life;

    /// <summary>The node was told that the peer is connected, and not yet that it is not.</summary>
    public bool IsUp { get; set; }

    /// <summary>Nothing that is on its way to this side arrives any more.</summary>
    public bool IsBroken { get; set; }

    /// <summary>When the last message of each lane arrives here: none overtakes another, but Raft messages that
    /// stray.</summary>
    public long[] LastArrivalUs { get; } = new long[Lanes];

    /// <summary>What a blocked link holds back, per lane.</summary>
    public Queue<Parcel>[] Held { get; } = [new(), new(), new()];

    /// <summary>Since when nothing has come, microseconds; null = it does.</summary>
    public long? SilentSinceUs { get; set; }
}
