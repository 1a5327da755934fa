namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Which of the connections between two nodes a message takes, so that bulk cannot cause elections.</summary>
public enum PeerLane : byte
{
    /// <summary>Heartbeats, votes, append replies, leases: small and urgent.</summary>
    Control = 0,

    /// <summary>Appends, lane batches, answers, deliveries.</summary>
    Data = 1,

    /// <summary>Snapshots and catch-up.</summary>
    Bulk = 2,
}
