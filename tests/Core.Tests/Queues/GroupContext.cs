using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>The outbox of one member, in memory.</summary>
internal sealed class GroupContext(GroupId group) : IGroupContext
{
    public List<(GroupId Target, byte[] Payload)> Sent { get; } = [];

    public List<NodeIncarnation> Ended { get; } = [];

    public GroupId Group => group;

    public long OutboxBytes { get; set; }

    public void Send(GroupId target, ReadOnlySpan<byte> payload) => Sent.Add((target, payload.ToArray()));

    public void EndLanes(NodeIncarnation gone) => Ended.Add(gone);
}
