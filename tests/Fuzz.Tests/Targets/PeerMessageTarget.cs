using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>A whole node and a peer that says anything: kind u8 (<see cref="PeerKind"/>), group i32, then the message. Each
/// is done with by the group that it is for before the next one comes; a node that stops is a failure. Entries of logs,
/// and what becomes entries, are for a group that is not here: members believe them, so that they are read only.</summary>
internal sealed class PeerMessageTarget() : FuzzTarget("peer-messages")
{
    private const int HeadBytes = 5;

    private static readonly NodeIncarnation Life = MachineTargets.Life;
    private static readonly GroupId DataGroup = new(1);
    private static readonly GroupId Elsewhere = new(99);

    private FuzzedNode? _node;

    public override int AllocatedPerByte => 1024;

    public override int AllocatedBesides => 512 * 1024;

    public override IEnumerable<byte[]> Examples =>
    [
        Input(PeerKind.Raft, DataGroup, Raft),
        Input(PeerKind.LaneBatch, DataGroup, MachineTargets.Batch(MachineTargets.Lasting)),
        Input(PeerKind.LaneBatch, DataGroup, MachineTargets.Batch(MachineTargets.QueueCommands.First())),
        .. Of("peer-answers").Select(answer => Input(PeerKind.LaneAnswer, DataGroup, answer)),
        .. Requests.Select(request => Input(
            PeerKind.Request,
            request is DirectoryAsk ? GroupId.Directory : DataGroup,
            PeerCodec.WriteRequest(new NodeRequest(Life, 3, 0, request)))),
        .. Of("peer-responses").Select(ToThisNode).Select(said => Input(PeerKind.Response, DataGroup, said)),
        .. Of("peer-deliveries").Select(deliveries => Input(PeerKind.Deliveries, DataGroup, deliveries)),
        .. Of("bootstrap-records").Select(record => Input(PeerKind.Bootstrap, GroupId.Directory, record)),
        Input(PeerKind.Resync, DataGroup, Written(output => PeerCodec.WriteFence(output, new DeliveryFence(2, 3)))),
        Input(PeerKind.SnapshotBegin, DataGroup, Chunk(0, Of("snapshot-marks").First())),
        Input(PeerKind.SnapshotEntries, DataGroup, Chunk(1, Of("snapshot-entries").First())),
        Input(PeerKind.SnapshotBlocks, DataGroup, Chunk(1, Of("snapshot-blocks").First())),
        Input(PeerKind.SnapshotState, DataGroup, Chunk(1, [1, 2, 3])),
        Input(PeerKind.SnapshotDone, DataGroup, Chunk(1, Of("snapshot-marks").First())),
        Input(PeerKind.SnapshotAnswer, DataGroup, SnapshotChunks.Answer(DataGroup, 1, SnapshotVerdict.Stored, 2).Payload),
        Input(PeerKind.TakenOver, GroupId.Directory, Written(output =>
        {
            PeerCodec.WriteLife(output, Life);
            output.WriteInt64(9);
            output.WriteInt64(3);
            output.WriteText("client");
        })),
        .. Of("group-changes").Select(change => Input(PeerKind.ConsumerGroupChanged, DataGroup, change)),
        Input(PeerKind.Space, GroupId.Directory, new byte[] { 1 }),
        Input(PeerKind.HandOver, DataGroup, Written(output => output.WriteInt32(Life.Node.Value))),
        .. Of("filter-lists").Select(list => Input(PeerKind.Filters, GroupId.Directory, list)),
        Input(PeerKind.FiltersTaken, GroupId.Directory, Taken),
        .. Of("forwarded-messages").Select(message => Input(PeerKind.Heard, GroupId.Directory, message)),
        Input(PeerKind.HeardMark, GroupId.Directory, Written(output => output.WriteInt64(77))),
        Input(PeerKind.HeardTaken, GroupId.Directory, Written(output => output.WriteInt64(77))),
        .. Of("presence-lists").Select(list => Input(PeerKind.Presence, GroupId.Directory, list)),
        Input(PeerKind.PresenceTaken, GroupId.Directory, Taken),
        Input(PeerKind.LostAsked, GroupId.Directory, Written(output => PeerCodec.WriteLife(output, Life))),
        Input(PeerKind.LostTold, GroupId.Directory, Written(output =>
        {
            PeerCodec.WriteLife(output, Life);
            output.WriteByte(1);
        })),
        Input(PeerKind.EarlierAsked, GroupId.Directory, Written(output => PeerCodec.WriteLife(output, Life))),
        Input(PeerKind.EarlierTold, GroupId.Directory, Written(output => PeerCodec.WriteLife(output, Life))),
    ];

    public override bool IsRefusal(Exception exception) => exception is PeerProtocolException or RefusedException;

    public override object? Decode(byte[] input)
    {
        if (input.Length < HeadBytes)
            throw new RefusedException();
        var kind = (PeerKind)input[0];
        GroupId group = kind is PeerKind.Raft or PeerKind.LaneBatch
            ? Elsewhere
            : new GroupId(BinaryPrimitives.ReadInt32LittleEndian(input.AsSpan(1)));
        // The node owns what it receives.
        var message = new PeerMessage((byte)kind, group, input.AsSpan(HeadBytes).ToArray());
        _node ??= FuzzedNode.Start(Life);
        try
        {
            _node.Receive(message);
        }
        finally
        {
            if (_node.Failure is not null)
                _node = null;
        }

        return kind;
    }

    public override void Check(byte[] input, object? decoded, Cuts cuts)
    {
        foreach (int cut in cuts.Of(input.Length))
        {
            try
            {
                Decode(input[..cut]);
            }
            catch (Exception refusal) when (IsRefusal(refusal))
            {
                // As it should be; some are as good without their ends.
                continue;
            }
        }
    }

    private static byte[] Raft => Written(output =>
    {
        output.WriteInt64(1_700_000_000_000);
        RaftMessageCodec.Write(output, new RaftMessage
        {
            Kind = RaftMessageKind.Append,
            From = Life.Node,
            To = FuzzedNode.Id,
            Term = 3,
            LogTerm = 2,
            Index = 9,
            Commit = 8,
            Entries = [new Entry(10, 3, EntryKind.Batch, "entry"u8.ToArray())],
        });
    });

    /// <summary>Of every kind; those of parts as their targets have them.</summary>
    private static IEnumerable<object> Requests =>
    [
        .. Of("peer-requests").Select(request => PeerCodec.ReadRequest(request).Body).Where(body => body is not PartAsk),
        .. Of("partition-asks").Select(ask => new PartAsk(PartitionAsk.Part, ask)),
        .. Of("session-asks").Select(ask => new PartAsk(SessionAsk.Part, ask)),
        .. Of("last-value-asks").Select(ask => new PartAsk(LastValueAsk.Part, ask)),
        .. Of("group-asks").Select(ask => new PartAsk(ConsumerGroupRole.PartNumber, ask)),
        .. Of("parked-asks").Select(ask => new PartAsk(ParkedAsk.Part, ask)),
    ];

    private static byte[] Taken => Written(output =>
    {
        PeerCodec.WriteLife(output, new NodeIncarnation(FuzzedNode.Id, 1));
        output.WriteInt64(1);
        output.WriteInt32(1);
    });

    private static byte[] Chunk(long number, byte[] body) => Written(output =>
    {
        output.WriteInt64(5);
        output.WriteInt64(number);
        output.Write(body);
    });

    private static byte[] ToThisNode(byte[] said)
    {
        (_, long number, object response) = PeerCodec.ReadResponse(said);
        return PeerCodec.WriteResponse(new NodeIncarnation(FuzzedNode.Id, 1), number, response).ToArray();
    }

    private static IEnumerable<byte[]> Of(string target) =>
        PeerTargets.All.Concat(PeerListTargets.All).Concat(TransferTargets.All).Single(one => one.Name == target).Examples;

    private static byte[] Input(PeerKind kind, GroupId group, ReadOnlyMemory<byte> payload) => Written(output =>
    {
        output.WriteByte((byte)kind);
        output.WriteInt32(group.Value);
        output.Write(payload.Span);
    });

    private static byte[] Written(Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        write(output);
        return output.WrittenSpan.ToArray();
    }
}
