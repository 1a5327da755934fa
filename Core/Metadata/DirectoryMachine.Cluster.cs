using System.Buffers;
using System.Collections.Immutable;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>The cluster's beginning, its version, and the lives of its nodes.</summary>
public sealed partial class DirectoryMachine
{
    private Answer Bootstrap(in CommandMeta meta, DirectoryCommand.Bootstrap record)
    {
        // Handed out again by a node that did not hear of the first one.
        if (_state.DataGroups > 0)
            return Answer.Ok;
        Invariant.Check(record.DataGroups is > 0 and <= SlotMap.Slots, "the number of data groups is out of range");
        _state = _state with
        {
            ClusterId = record.ClusterId,
            DataGroups = record.DataGroups,
            Members = record.Members.ToImmutableSortedDictionary(
                replica => replica.Node.Value, replica => new ClusterMember(replica, LastIncarnation: 0)),
            MembersAt = meta.Index,
            SlotGroups = SlotMap.Initial(record.DataGroups),
            Limits = record.Limits,
        };
        foreach (string name in record.Namespaces)
            CheckSeed(PutNamespace(meta, name));
        foreach (SeedUser user in record.Users)
        {
            CheckSeed(PutUser(new(user.Name, user.Verifier, user.Tags)));
            foreach (SeedPermission p in user.Permissions)
                CheckSeed(SetPermissions(new(user.Name, SeedNamespace(p.Namespace), p.Configure, p.Write, p.Read)));
        }
        foreach (SeedAccessKey key in record.AccessKeys)
        {
            CheckSeed(PutAccessKey(
                new(key.SecretId, key.SealedSecret, key.UserName, SeedNamespace(key.Namespace), Enabled: true)));
        }
        return Answer.Ok;
    }

    private NamespaceId SeedNamespace(string name) =>
        _state.NamespaceNames.TryGetValue(name, out NamespaceId id)
            ? id
            : throw new InvariantException("the bootstrap record names a namespace that it does not make");

    private static void CheckSeed(Answer answer) =>
        Invariant.Check(answer.Reply == Reply.Ok, "the bootstrap record contradicts itself");

    private Answer RaiseVersion(DirectoryCommand.RaiseVersion command)
    {
        Invariant.Check(command.Version <= SupportedVersion, "this node does not know the machine version");
        if (command.Version > _state.MachineVersion)
            _state = _state with { MachineVersion = command.Version };
        return Answer.Ok;
    }

    private Answer RegisterNode(DirectoryCommand.RegisterNode command, IGroupContext context)
    {
        NodeIncarnation node = command.Node;
        // Empty while a node has no peers: nobody reaches it.
        if (!EntityName.Fits(command.ClusterAddress)
            || command.Services.Any(one => !EntityName.IsGood(one.Service) || !EntityName.IsGood(one.Address)))
            return Refused(Reply.BadName);
        if (command.Services.Count > NodeInfo.MaxServices)
            return Refused(Reply.LimitReached);
        if (!IsOfMember(node, command.StoreId))
            return Refused(Reply.Gone);
        if (_state.Nodes.GetValueOrDefault(node.Node.Value) is { } known)
        {
            NodeIncarnation last = known.Info.Incarnation;
            bool repeated = last == node && known.Live;
            if (node.Incarnation <= last.Incarnation && !repeated)
                return Refused(Reply.Gone);
            if (!repeated && known.Live)
                EndIncarnation(known, context);
        }
        else if (_state.Nodes.Count >= _state.Limits.MaxNodes)
        {
            return Refused(Reply.LimitReached);
        }
        var info = new NodeInfo(node, command.StoreId, command.ClusterAddress) { Services = command.Services };
        var record = new NodeRecord(info, Live: true);
        _state = _state with { Nodes = _state.Nodes.SetItem(node.Node.Value, record) };
        return Answer.Ok;
    }

    private Answer NodeGone(NodeIncarnation gone, IGroupContext context)
    {
        // Said by the leader, by an orderly stop and by the node's next start: the first one counts.
        if (_state.Nodes.GetValueOrDefault(gone.Node.Value) is { Live: true } node && node.Info.Incarnation == gone)
            EndIncarnation(node, context);
        return Answer.Ok;
    }

    private void EndIncarnation(NodeRecord node, IGroupContext context)
    {
        NodeIncarnation gone = node.Info.Incarnation;
        // The node's local group went with it; there is nobody to be told of these queues.
        foreach (long id in TransientQueuesFrom(new TransientQueue(gone, 0, 0), entry => entry.Owner == gone))
            _state = _state.WithoutQueue(_state.Queues.Find(id)!);
        _state = _state with { Nodes = _state.Nodes.SetItem(gone.Node.Value, node with { Live = false }) };

        var left = _state.Nodes.Values.Where(other => other.Live).Select(other => other.Info.Incarnation.Node).ToList();
        if (left.Count == 0)
        {
            ImmutableSortedSet<long> topics = _state.TransientTopics;
            foreach (long topic in topics)
                _state = _state.WithoutTopic(new TopicId(topic));
        }

        context.EndLanes(gone);
        var news = new ArrayBufferWriter<byte>();
        _queueCommands.NodeGone(news, gone);
        for (int group = 1; group <= _state.DataGroups; group++)
            context.Send(new GroupId(group), news.WrittenSpan);
        // A local group serves consumers of other nodes, too.
        foreach (NodeId other in left)
            context.Send(GroupId.LocalOf(other), news.WrittenSpan);
    }

    // A list of its own: what is done with the queues changes the index.
    private List<long> TransientQueuesFrom(TransientQueue first, Func<TransientQueue, bool> belongs)
    {
        ImmutableSortedSet<TransientQueue> index = _state.TransientQueues;
        int at = index.IndexOf(first);
        var queues = new List<long>();
        for (at = at < 0 ? ~at : at; at < index.Count && belongs(index[at]); at++)
            queues.Add(index[at].Queue);
        return queues;
    }
}
