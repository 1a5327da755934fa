using System.Net;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>Hands operations to the node, once there is one.</summary>
internal sealed class NodeOperations(Func<BrokerNode?> node) : IClusterOperations
{
    public ValueTask<Identity?> LogInAsync(
        string user, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation) =>
        node()?.LogInAsync(user, password, peer, cancellation) ?? new ValueTask<Identity?>((Identity?)null);

    public Task<Reply> AddNodeAsync(NodeId added, bool replace, CancellationToken cancellation) =>
        node()?.AddNodeAsync(added, replace, cancellation) ?? Task.FromResult(Reply.Unavailable);

    public Task<Reply> RemoveNodeAsync(NodeId removed, CancellationToken cancellation) =>
        node()?.RemoveNodeAsync(removed, cancellation) ?? Task.FromResult(Reply.Unavailable);

    public Task<Reply> MoveLeadershipAsync(GroupId group, NodeId heir, CancellationToken cancellation) =>
        node()?.MoveLeadershipAsync(group, heir, cancellation) ?? Task.FromResult(Reply.Unavailable);
}
