namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What a connection has that consumes, or has consumed. Guarded by its connection's lock.</summary>
internal sealed class ConnectionConsumers
{
    /// <summary>By number.</summary>
    public Dictionary<int, ConsumerState> Consumers { get; } = [];

    public Dictionary<QueueId, HeldMessages> Held { get; } = [];

    /// <summary>Groups that may think that the connection holds something.</summary>
    public HashSet<GroupId> Touched { get; } = [];
}
