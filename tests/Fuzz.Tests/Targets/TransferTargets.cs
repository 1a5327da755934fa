using System.Buffers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Fuzz.Tests.Harness;

namespace Cmq.MultiProtocol.Fuzz.Tests.Targets;

/// <summary>What a leader sends to a member that joins or lags, configurations, and grants of sessions.</summary>
internal static class TransferTargets
{
    private static readonly GroupMembers Members = new([new NodeId(1), new NodeId(2)], [new NodeId(3)])
    {
        Outgoing = [new NodeId(1)],
        GoesOn = true,
        Basis = 9,
        Replicas = [new Replica(new NodeId(3), new Guid("0f8fad5b-d9cb-469f-a165-70867728950e"))],
    };

    public static IEnumerable<FuzzTarget> All =>
    [
        Codec("snapshot-entries", SnapshotChunks.ReadEntries, SnapshotChunks.WriteEntries,
            [new Entry(10, 3, EntryKind.Batch, "entry"u8.ToArray()), new Entry(11, 3, EntryKind.Leader, default)]),
        Codec("snapshot-blocks", SnapshotChunks.ReadBlocks, SnapshotChunks.WriteBlocks,
            [new Block(new BlockName(new QueueId(5), 100), "block"u8.ToArray())]),
        Codec("snapshot-marks", SnapshotChunks.ReadMark, SnapshotChunks.WriteMark, new SnapshotMark(9, 3, Members)),
        Codec("group-configurations", input => GroupMembersCodec.Read(input.Span), GroupMembersCodec.Write, Members),
        Codec("session-grants", SessionGrant.Read, (output, grant) => output.Write(grant.ToBytes().Span), new SessionGrant(7, true)),
    ];

    private static CodecTarget<T> Codec<T>(
        string name, Func<ReadOnlyMemory<byte>, T> read, Action<IBufferWriter<byte>, T> write, T example)
    {
        return new CodecTarget<T>(name, input => read(input), exception => exception is InvariantException, Written(example))
        {
            Write = Written,
        };

        byte[] Written(T value)
        {
            var output = new ArrayBufferWriter<byte>();
            write(output, value);
            return output.WrittenSpan.ToArray();
        }
    }
}
