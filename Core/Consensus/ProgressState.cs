namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>How a leader sends to a follower (etcd's names).</summary>
internal enum ProgressState
{
    /// <summary>One append at a time: where the logs meet is not known.</summary>
    Probe,

    /// <summary>Pipelined: Next runs ahead of what is acknowledged.</summary>
    Replicate,

    /// <summary>Nothing but heartbeats until the host says how the snapshot went.</summary>
    Snapshot,
}
