using System.Net;
using System.Text;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Host.Admin;

namespace Cmq.MultiProtocol.Host.Tests.Admin;

/// <summary>Notes what was asked, and answers as it is told. Users: root (administrator), joe; password "secret".</summary>
internal sealed class RecordingOperations : IClusterOperations
{
    public List<string> Asked { get; } = [];

    public Reply Reply { get; init; } = Reply.Ok;

    public ValueTask<Identity?> LogInAsync(
        string user, ReadOnlyMemory<byte> password, IPAddress peer, CancellationToken cancellation) => new(
        Encoding.UTF8.GetString(password.Span) == "secret" ? new User(user) : null);

    public Task<Reply> AddNodeAsync(NodeId node, bool replace, CancellationToken cancellation) =>
        Answer($"add {node}{(replace ? " replace" : "")}");

    public Task<Reply> RemoveNodeAsync(NodeId node, CancellationToken cancellation) => Answer($"remove {node}");

    public Task<Reply> MoveLeadershipAsync(GroupId group, NodeId heir, CancellationToken cancellation) =>
        Answer($"move {group} to {heir}");

    private Task<Reply> Answer(string asked)
    {
        Asked.Add(asked);
        return Task.FromResult(Reply);
    }

    private sealed class User(string name) : Identity
    {
        public override string UserName => name;

        public override IReadOnlyList<string> Tags => name == "root" ? ["management", "administrator"] : ["management"];

        public override bool MayEnter(NamespaceId ns) => true;

        public override bool May(Access access, NamespaceId ns, string name) => true;
    }
}
