using System.Net;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>What an administrator can ask a node to do with its cluster.</summary>
internal interface IClusterOperations
{
    /// <returns>Null when the password is wrong.</returns>
    ValueTask<Identity?> LogInAsync(
        string user, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation);

    Task<Reply> AddNodeAsync(NodeId node, bool replace, CancellationToken cancellation);

    Task<Reply> RemoveNodeAsync(NodeId node, CancellationToken cancellation);

    Task<Reply> MoveLeadershipAsync(GroupId group, NodeId heir, CancellationToken cancellation);
}
