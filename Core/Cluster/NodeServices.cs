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

    /// <summary>Makes what runs a group.</summary>
    public Func<GroupHost, IGroupRunner> Runner { get; init; } = static group => new GroupThread(group);

    /// <summary>A number in [0, n) for n; spreads elections.</summary>
    public Func<int, int> NextRandom { get; init; } = Random.Shared.Next;

    /// <summary>Null in the product.</summary>
    public IApplyWatch? Watch { get; init; }

    /// <summary>The directory as this node knows it now.</summary>
    public Func<DirectorySnapshot?> Directory { get; init; } = static () => null;

    /// <summary>Whether a group may let a member go that the directory does not name any more.</summary>
    public Func<GroupId, NodeId, bool> MayLeave { get; init; } = static (_, _) => true;

    /// <summary>Whether the disk has room for so many bytes that no client is waiting for.</summary>
    public Func<long, bool> HasRoom { get; init; } = static _ => true;
}
