using System.Buffers;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Who belongs to the cluster (decision 0013): what operators ask for, and letting new nodes in.</content>
public sealed partial class BrokerNode
{
    private static readonly TimeSpan MoveTimeout = TimeSpan.FromSeconds(10);

    /// <summary>By then the connection of a machine that died without a word has ended of its silence, and the new disk,
    /// turned away until then, has dialled again.</summary>
    private static readonly TimeSpan OldDiskTimeout = TimeSpan.FromSeconds(10);

    private long _membersAt;
    private bool _wasMember;

    /// <summary>This node belonged to the cluster and does no more: it serves nobody, and can be stopped.</summary>
    public bool IsRemoved { get; private set; }

    private Replica Own => new(Self, _store.StoreId);

    /// <summary>Lets an empty node in that is connected to this one. When this returns the directory has it; the groups
    /// follow by themselves (<see cref="Status"/>).</summary>
    /// <param name="node">Its number.</param>
    /// <param name="replace">It is another disk of a node that belongs to the cluster already; what that one had is
    /// given up for good. As long as the old one counts as connected, ten seconds at most, this waits for it to go.</param>
    /// <param name="cancellation">Ends the waiting, not the change.</param>
    /// <returns>Ok: the cluster has the node with the disk that is connected here. <see cref="Reply.Gone"/>: no empty node
    /// of that number is connected here. AlreadyExists: it is there with another disk. InUse: it is connected, or counts
    /// as live, with the disk that the cluster has. LimitReached: the cluster is full. TimedOut, Unavailable.</returns>
    public async Task<Reply> AddNodeAsync(NodeId node, bool replace, CancellationToken cancellation)
    {
        PeerHello? hello = replace
            ? await AwaitNewDiskAsync(node, cancellation).ConfigureAwait(false)
            : ConnectedAs(node);
        // Whether that is the disk to be replaced, or has replaced it before, only who asks can tell.
        if (hello is not null && IsMember(hello))
            return replace ? Reply.InUse : Reply.Ok;
        if (hello is null || hello.ClusterId != Guid.Empty)
            return Reply.Gone;
        if (Directory.FindMember(node) is not null && !replace)
            return Reply.AlreadyExists;
        var replica = new Replica(node, hello.StoreId);
        return await ChangeMembersAsync(new DirectoryCommand.PutMember(replica), cancellation).ConfigureAwait(false);
    }

    private PeerHello? ConnectedAs(NodeId node)
    {
        lock (_peersGate)
            return _connected.GetValueOrDefault(node);
    }

    /// <summary>With what the node is connected: with another disk than the cluster has, if that comes in time. The one that
    /// it replaces keeps it out as long as it counts as connected.</summary>
    private async Task<PeerHello?> AwaitNewDiskAsync(NodeId node, CancellationToken cancellation)
    {
        long since = Time.GetTimestamp();
        PeerHello? hello = ConnectedAs(node);
        bool mayCome = hello is not null && IsMember(hello);
        while (mayCome && (hello is null || IsMember(hello)) && Time.GetElapsedTime(since) < OldDiskTimeout)
        {
            await Task.Delay(AskAgain, Time, cancellation).ConfigureAwait(false);
            hello = ConnectedAs(node);
        }

        return hello;
    }

    /// <summary>Takes a node out of the cluster, alive or not; its clients are told to go. It may be stopped when no
    /// group has it any more.</summary>
    /// <returns><see cref="Reply.NotAllowed"/>: it is this node, or the last one. TimedOut, Unavailable.</returns>
    public async Task<Reply> RemoveNodeAsync(NodeId node, CancellationToken cancellation) =>
        // The command ends the life of the node that goes, and with it the way by which it was asked.
        node == Self
            ? Reply.NotAllowed
            : await ChangeMembersAsync(new DirectoryCommand.RemoveMember(node), cancellation).ConfigureAwait(false);

    /// <summary>Lets another member lead a group.</summary>
    /// <returns>Ok when this node has heard of it; <see cref="Reply.Gone"/>: there is no such group;
    /// <see cref="Reply.NotAllowed"/>: the node does not vote in it; TimedOut: it did not get to lead in ten seconds, or
    /// nobody leads.</returns>
    public async Task<Reply> MoveLeadershipAsync(GroupId group, NodeId heir, CancellationToken cancellation)
    {
        if (!_groups.TryGetValue(group, out RaftGroupHost? host))
            return Reply.Gone;
        if (!host.Status.Members.Voters.Contains(heir))
            return Reply.NotAllowed;
        long since = Time.GetTimestamp();
        long asked = 0;
        while (host.Leader != heir)
        {
            if (Time.GetElapsedTime(since) > MoveTimeout)
                return Reply.TimedOut;
            // A transfer that the leader gave up is asked for again; one that is under way is not disturbed by that.
            if (asked == 0 || Time.GetElapsedTime(asked) > RenewEvery)
            {
                asked = Time.GetTimestamp();
                AskToHandOver(host, heir);
            }

            await Task.Delay(AskAgain, Time, cancellation).ConfigureAwait(false);
        }

        return Reply.Ok;
    }

    private void AskToHandOver(RaftGroupHost host, NodeId heir)
    {
        if (host.Leader == Self)
        {
            host.Post(new GroupEvent.HandOver(heir));
            return;
        }

        var body = new ArrayBufferWriter<byte>(sizeof(int));
        body.WriteInt32(heir.Value);
        if (host.Leader.Value != 0)
            SendPeer(host.Leader, PeerLane.Data, new PeerMessage((byte)PeerKind.HandOver, host.Group, body.WrittenMemory));
    }

    private void ReceiveHandOver(in PeerMessage message)
    {
        var heir = new NodeId(new StateReader(message.Payload).ReadInt32());
        if (_groups.TryGetValue(message.Group, out RaftGroupHost? host))
            host.Post(new GroupEvent.HandOver(heir));
    }

    private async Task<Reply> ChangeMembersAsync(DirectoryCommand command, CancellationToken cancellation)
    {
        if (_life is not { } life || !IsReady)
            return Reply.Unavailable;
        var written = new ArrayBufferWriter<byte>();
        DirectoryCommandCodec.Write(written, command);
        var answer = new LaneAnswer();
        life.LaneTo(GroupId.Directory).Enqueue(
            written.WrittenSpan, static (bytes, output) => output.Write(bytes), answer, 0);
        return (await answer.Task.WaitAsync(cancellation).ConfigureAwait(false)).Reply;
    }

    /// <summary>Empty nodes that are connected, by number.</summary>
    private IReadOnlyList<Replica> WaitingNodes()
    {
        lock (_peersGate)
        {
            return _record is null
                ? []
                : [.. _connected.Values.Where(hello => hello.ClusterId == Guid.Empty && !IsMember(hello))
                    .Select(hello => new Replica(hello.Node, hello.StoreId)).OrderBy(one => one.Node.Value)];
        }
    }

    /// <summary>The directory is the authority; before it is known here, the record of the first members is.</summary>
    private bool IsMember(PeerHello hello) => Directory.IsBootstrapped
        ? Directory.FindMember(hello.Node)?.Replica == new Replica(hello.Node, hello.StoreId)
        : _record?.Names(hello.Node, hello.StoreId) == true;

    /// <summary>Why an empty node is not let in: it could end the connection of the member whose number it bears, or it
    /// is none that this one, empty as well, makes a cluster with.</summary>
    private string? RefuseEmpty(PeerHello hello)
    {
        if (_record is null)
        {
            return OtherPeers.Any(peer => peer.Id == hello.Node)
                ? null
                : $"node {hello.Node} is not among Cluster:Peers";
        }

        lock (_peersGate)
        {
            return _connected.TryGetValue(hello.Node, out PeerHello? present) && present.StoreId != hello.StoreId
                ? $"node {hello.Node} came with another disk ({hello.StoreId}) while that of before is connected"
                : null;
        }
    }

    /// <summary>Why a node with this cluster's record is not let in. What this node knows may be old, so that one it
    /// never heard of is no stranger, and only a life before the one known is of a disk before.</summary>
    private string? RefuseKnown(PeerHello hello)
    {
        if (!Directory.IsBootstrapped || IsMember(hello) || IsInAnyGroup(hello))
            return null;
        if (Directory.LastLife(hello.Node) is not { } last)
            return null;
        if (Directory.FindMember(hello.Node) is null)
            return $"node {hello.Node} was removed from this cluster";
        return hello.Incarnation > last.Incarnation
            ? null
            : $"node {hello.Node} came with a disk ({hello.StoreId}) that was replaced";
    }

    /// <summary>Until the last group has let it go, a node that leaves has a voice there.</summary>
    private bool IsInAnyGroup(PeerHello hello) => _groups.Values.Any(host =>
        host.Status.Members is var members
        && members.Contains(hello.Node) && members.MayMean(hello.Node, hello.StoreId));

    /// <summary>The directory keeps a node until all others have let it go, so that what leads on it learns that it is
    /// to leave.</summary>
    private bool MayLeave(GroupId group, NodeId node) => group != GroupId.Directory || _groups.Values.All(
        host => host.Group == GroupId.Directory || !host.Status.Members.Contains(node)
            || Directory.FindMember(node) is { } member && host.Status.Members.StoreOf(node) == member.Replica.Store);

    /// <summary>The directory has other members: those that wait get their record.</summary>
    private void MembersChanged(DirectorySnapshot snapshot)
    {
        if (snapshot.MembersAt == _membersAt)
            return;
        _membersAt = snapshot.MembersAt;
        bool isMember = snapshot.FindMember(Self)?.Replica == Own;
        if (_wasMember && !isMember)
            GroupTrace.Removed(_log, Self);
        IsRemoved = _wasMember && !isMember;
        _wasMember = isMember;
        PeerHello[] joining;
        lock (_peersGate)
        {
            PeersChanged();
            joining = [.. _connected.Values.Where(hello => hello.ClusterId == Guid.Empty)];
        }

        foreach (PeerHello hello in joining)
            OfferRecord(hello);
    }

    /// <summary>Members that joined later are in nobody's settings; where they are, they have told the directory. Also
    /// those that are down: after a restart they may need this node to get a lease.</summary>
    private void DialMembers(DirectorySnapshot snapshot)
    {
        if (_transport is not PeerTransport transport)
            return;
        transport.DialAlso([.. snapshot.Members
            .Where(member => member.Node.Value < Self.Value && OtherPeers.All(peer => peer.Id != member.Node))
            .Select(member => PeerAddress.Read(member.Node, snapshot.LastAddress(member.Node)))
            .OfType<PeerAddress>()]);
    }

    /// <summary>Hands the record to a node without one, if it belongs to the cluster with that very disk.</summary>
    private void OfferRecord(PeerHello hello)
    {
        if (_record is not { } record)
            return;
        if (Directory.IsBootstrapped)
        {
            if (Directory.FindMember(hello.Node) is { } member && member.Replica.Store == hello.StoreId)
                SendRecord(hello.Node, record.For(member));
        }
        else if (record.Names(hello.Node, hello.StoreId))
        {
            SendRecord(hello.Node, record);
        }
    }
}
