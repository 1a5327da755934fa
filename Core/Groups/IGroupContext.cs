namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>What apply may do beside changing its own state.</summary>
public interface IGroupContext
{
    GroupId Group { get; }

    /// <summary>
    /// Puts a message on the lane from this group to another: numbered and kept in the state until the other side
    /// has it, repeated by every new leader under the same number. It becomes a command there.
    /// </summary>
    /// <param name="target">The group that it goes to; not this one.</param>
    /// <param name="payload">Kept as it is; turned into the command to send by
    /// <see cref="IGroupMachine.Materialize"/> whenever it is sent.</param>
    void Send(GroupId target, ReadOnlySpan<byte> payload);

    /// <summary>Forgets a lane's state and what waits on the lane to a local group that is gone.</summary>
    void EndLanes(NodeIncarnation gone);

    /// <summary>Bytes that wait on lanes to other groups.</summary>
    long OutboxBytes { get; }
}
