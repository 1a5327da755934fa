using System.Buffers;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// What the leader of a data group does for the consumer groups in it: hears the heartbeats of members, has silent ones
/// dropped, tells the others of changes, has what it keeps of deleted partitions forgotten, answers questions.
/// </summary>
internal sealed class ConsumerGroupRole(ConsumerGroupPart part, NodeServices services, BrokerNode node) : RolePart
{
    /// <summary><see cref="PartAsk.Part"/> of consumer groups. On the wire: never renumber.</summary>
    public const byte PartNumber = (byte)ConsumerGroupCommandKind.Join;

    private readonly MemberWatch _watch = new(part);
    private readonly PartitionSweep _sweep = new(part);
    private DirectorySnapshot? _swept;

    public override byte Number => PartNumber;

    public override long? NextDeadlineMs =>
        _sweep.NextDueMs is { } sweepMs && !(_watch.NextDueMs <= sweepMs) ? sweepMs : _watch.NextDueMs;

    public override void Activate(long nowMs)
    {
        _watch.Start(nowMs);
        _sweep.Start();
        _swept = null;
    }

    public override void Deactivate()
    {
        _watch.Stop();
        _sweep.Stop();
        _swept = null;
    }

    public override void Applied(long nowMs) => _watch.Applied(nowMs);

    public override void Handle(in NodeRequest request, ReadOnlyMemory<byte> body, long nowMs)
    {
        ConsumerGroupAsk ask = ConsumerGroupCodec.ReadAsk(body);
        if (ask is ConsumerGroupAsk.Heartbeat beat)
        {
            // Not from the state: what an old leader says of the group is made up for by the answer to the next one.
            Respond(request, Hear(request.From, beat, nowMs));
            return;
        }

        NodeRequest asked = request;
        Host.WhenConfirmed(() => Respond(asked, Ok(Find(ask))));
    }

    private ReadOnlyMemory<byte> Find(ConsumerGroupAsk ask) => ask switch
    {
        ConsumerGroupAsk.ListMembers list => ConsumerGroupCodec.WriteMembers(
            part.Find(list.Group)?.Members is { } members ? members : []),
        ConsumerGroupAsk.ListGroups list => ConsumerGroupCodec.WriteNames(NamesOf(list.Namespace)),
        ConsumerGroupAsk.FetchOffset fetch => ConsumerGroupCodec.WriteOffsets(OffsetOf(fetch)),
        ConsumerGroupAsk.ListOffsets list => ConsumerGroupCodec.WriteOffsets(
            part.Find(list.Group)?.Offsets is { } offsets ? offsets : []),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    public override void Advance(long nowMs)
    {
        foreach ((ConsumerGroupKey key, ConsumerGroup group) in _watch.TakeChanged())
            Tell(key, group);
        _watch.Advance(nowMs, ProposeDrop);
        DirectorySnapshot directory = node.Directory;
        if (_swept?.HasSameTopics(directory) != true)
            _sweep.LookAgain();
        _swept = directory;
        _sweep.Advance(nowMs, directory.IsPartitionGone, ProposePrune);
    }

    private bool ProposePrune(ConsumerGroupKey key, QueueId[] partitions)
    {
        var output = new ArrayBufferWriter<byte>();
        ConsumerGroupCommands.Prune(output, key, partitions);
        return Host.Propose(output.WrittenSpan);
    }

    private PartSaid Hear(NodeIncarnation from, ConsumerGroupAsk.Heartbeat beat, long nowMs) =>
        _watch.Hear(beat.Group, beat.Member, new ConnectionKey(from, beat.Connection), nowMs) is { } generation
            ? Ok(ConsumerGroupCodec.WriteGeneration(generation))
            : new PartSaid(Reply.Gone, default);

    private bool ProposeDrop(ConsumerGroupKey key, string name, GroupMember member)
    {
        var output = new ArrayBufferWriter<byte>();
        ConsumerGroupCommands.Drop(output, key, name, member.Number);
        return Host.Propose(output.WrittenSpan);
    }

    /// <summary>A word that is lost is made up for by the generation in the answer to the next heartbeat.</summary>
    private void Tell(ConsumerGroupKey key, ConsumerGroup group)
    {
        foreach (IGrouping<NodeIncarnation, ConnectionKey> ofNode in
            group.Members.Values.Select(member => member.Owner).Distinct().GroupBy(owner => owner.Owner))
        {
            if (ofNode.Key.Node == services.Self)
            {
                foreach (ConnectionKey connection in ofNode)
                    node.Connection(connection)?.GroupChanged(key.Name, group.Generation);
                continue;
            }

            ReadOnlyMemory<byte> payload = ConsumerGroupCodec.WriteChange(
                ofNode.Key, key.Name, group.Generation, [.. ofNode.Select(connection => connection.Number)]);
            node.SendPeer(
                ofNode.Key.Node,
                PeerLane.Data,
                new PeerMessage((byte)PeerKind.ConsumerGroupChanged, Host.Group, payload));
        }
    }

    private List<string> NamesOf(NamespaceId ns) =>
        [.. part.Groups.Select(group => group.Key).Where(key => key.Namespace == ns).Select(key => key.Name)];

    private KeyValuePair<long, long>[] OffsetOf(ConsumerGroupAsk.FetchOffset fetch) =>
        part.Find(fetch.Group)?.Offsets.TryGetValue(fetch.Partition.Value, out long offset) == true
            ? [new(fetch.Partition.Value, offset)]
            : [];

    private void Respond(in NodeRequest request, PartSaid said) =>
        node.Respond(request.From, Host.Group, request.Number, said);

    private static PartSaid Ok(ReadOnlyMemory<byte> body) => new(Reply.Ok, body);
}
