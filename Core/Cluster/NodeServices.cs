using Cmq.MultiProtocol.Core.Metadata;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What all groups of a node share.</summary>
internal sealed record NodeServices(
    NodeIncarnation Life, INodeLinks Links, TimeProvider Time, ILogger Log, NodeOptions Options)
{
    /// <summary>Commands of the leader's own are put together up to this size.</summary>
    public const int MaxBatchBytes = 512 * 1024;

    public NodeId Self => Life.Node;

    /// <summary>The directory as this node knows it now.</summary>
    public Func<DirectorySnapshot?> Directory { get; init; } = static () => null;

    /// <summary>Whether a group may let a member go that the directory does not name any more.</summary>
    public Func<GroupId, NodeId, bool> MayLeave { get; init; } = static (_, _) => true;
}
