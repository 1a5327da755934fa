using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Benchmarks.Micro;

/// <summary>A group that is alone: what its machine sends to others goes nowhere.</summary>
internal sealed class NoContext(GroupId group) : IGroupContext
{
    public GroupId Group => group;

    public long OutboxBytes => 0;

    public void Send(GroupId target, ReadOnlySpan<byte> payload)
    {
        // The directory hears that the queue is there; it is not here.
    }

    public void EndLanes(NodeIncarnation gone) => throw new NotSupportedException();
}
