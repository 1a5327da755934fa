using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Who belongs to the cluster (decision 0013). Every group's leader makes the members of its group follow.
/// </summary>
public sealed partial class DirectoryMachine
{
    private Answer PutMember(in CommandMeta meta, DirectoryCommand.PutMember command)
    {
        Replica replica = command.Replica;
        if (_state.Members.GetValueOrDefault(replica.Node.Value) is { } present)
        {
            if (present.Replica == replica)
                return Answer.Ok;
            // Whoever answers under that number has its disk.
            if (_state.Nodes.GetValueOrDefault(replica.Node.Value) is { Live: true })
                return Refused(Reply.InUse);
        }
        else if (_state.Members.Count >= DirectoryLimits.MaxMembers)
        {
            return Refused(Reply.LimitReached);
        }

        // A new disk begins to count its lives anew, and what ended one of an earlier disk must not end its.
        long last = _state.Nodes.GetValueOrDefault(replica.Node.Value)?.Info.Incarnation.Incarnation ?? 0;
        _state = _state with
        {
            Members = _state.Members.SetItem(replica.Node.Value, new ClusterMember(replica, last)),
            MembersAt = meta.Index,
        };
        return Answer.Ok;
    }

    private Answer RemoveMember(in CommandMeta meta, NodeId node, IGroupContext context)
    {
        if (!_state.Members.ContainsKey(node.Value))
            return Answer.Ok;
        if (_state.Members.Count == 1)
            return Refused(Reply.NotAllowed);
        _state = _state with { Members = _state.Members.Remove(node.Value), MembersAt = meta.Index };
        if (_state.Nodes.GetValueOrDefault(node.Value) is { Live: true } record)
            EndIncarnation(record, context);
        return Answer.Ok;
    }

    /// <summary>Whether that life may be of the member's present disk.</summary>
    private bool IsOfMember(NodeIncarnation life, Guid store) =>
        _state.Members.GetValueOrDefault(life.Node.Value) is { } member
        && member.Replica.Store == store && life.Incarnation > member.LastIncarnation;
}
