using System.Buffers;
using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>
/// Bytes of a configuration, in entries and snapshots, little-endian: format u8, flags u8, basis i64, then voters,
/// outgoing voters and learners (count u8, per node i32), then replicas (count u8, per replica node i32, store 16).
/// </summary>
public static class GroupMembersCodec
{
    private const byte Format = 1;
    private const byte GoesOnFlag = 1;
    private const int HeaderBytes = 1 + 1 + 8;
    private const int StoreBytes = 16;

    public static byte[] ToBytes(GroupMembers members)
    {
        var output = new ArrayBufferWriter<byte>(64);
        Write(output, members);
        return output.WrittenSpan.ToArray();
    }

    public static void Write(IBufferWriter<byte> output, GroupMembers members)
    {
        Span<byte> header = output.GetSpan(HeaderBytes);
        header[0] = Format;
        header[1] = members.GoesOn ? GoesOnFlag : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(header[2..], members.Basis);
        output.Advance(HeaderBytes);
        WriteNodes(output, members.Voters);
        WriteNodes(output, members.Outgoing);
        WriteNodes(output, members.Learners);
        WriteCount(output, members.Replicas.Count);
        foreach (Replica replica in members.Replicas)
        {
            WriteNode(output, replica.Node);
            replica.Store.TryWriteBytes(output.GetSpan(StoreBytes));
            output.Advance(StoreBytes);
        }
    }

    /// <summary>What is committed was written by <see cref="Write"/>; anything else is damage.</summary>
    /// <exception cref="MalformedException">Not a configuration.</exception>
    public static GroupMembers Read(ReadOnlySpan<byte> input)
    {
        MalformedException.ThrowIf(!TryRead(input, out GroupMembers? members), "a configuration is malformed");
        return members!;
    }

    /// <param name="input">Exactly one configuration.</param>
    /// <param name="members">Null when the answer is false.</param>
    /// <returns>False when the bytes are not such a one.</returns>
    public static bool TryRead(ReadOnlySpan<byte> input, out GroupMembers? members)
    {
        members = null;
        if (input.Length < HeaderBytes || input[0] != Format || input[1] > GoesOnFlag)
            return false;
        bool goesOn = input[1] == GoesOnFlag;
        long basis = BinaryPrimitives.ReadInt64LittleEndian(input[2..]);
        input = input[HeaderBytes..];
        if (!TryReadNodes(ref input, out NodeId[] voters)
            || !TryReadNodes(ref input, out NodeId[] outgoing)
            || !TryReadNodes(ref input, out NodeId[] learners)
            || !TryReadReplicas(ref input, out Replica[] replicas)
            || !input.IsEmpty)
        {
            return false;
        }

        members = new GroupMembers(voters, learners)
        {
            Outgoing = outgoing,
            GoesOn = goesOn,
            Replicas = replicas,
            Basis = basis,
        };
        return true;
    }

    private static void WriteNodes(IBufferWriter<byte> output, IReadOnlyList<NodeId> nodes)
    {
        WriteCount(output, nodes.Count);
        foreach (NodeId node in nodes)
            WriteNode(output, node);
    }

    private static void WriteCount(IBufferWriter<byte> output, int count)
    {
        Invariant.Check(count <= GroupMembers.MaxMembers, "a configuration has too many members");
        output.GetSpan(1)[0] = (byte)count;
        output.Advance(1);
    }

    private static void WriteNode(IBufferWriter<byte> output, NodeId node)
    {
        BinaryPrimitives.WriteInt32LittleEndian(output.GetSpan(sizeof(int)), node.Value);
        output.Advance(sizeof(int));
    }

    private static bool TryReadNodes(ref ReadOnlySpan<byte> input, out NodeId[] nodes)
    {
        if (!TryReadCount(ref input, sizeof(int), out int count))
        {
            nodes = [];
            return false;
        }

        nodes = new NodeId[count];
        bool isAscending = true;
        for (int i = 0; i < count; i++)
        {
            nodes[i] = ReadNode(ref input);
            isAscending &= nodes[i].Value > (i == 0 ? 0 : nodes[i - 1].Value);
        }

        return isAscending;
    }

    private static bool TryReadReplicas(ref ReadOnlySpan<byte> input, out Replica[] replicas)
    {
        if (!TryReadCount(ref input, sizeof(int) + StoreBytes, out int count))
        {
            replicas = [];
            return false;
        }

        replicas = new Replica[count];
        for (int i = 0; i < count; i++)
        {
            replicas[i] = new Replica(ReadNode(ref input), new Guid(input[..StoreBytes]));
            input = input[StoreBytes..];
        }

        return true;
    }

    private static NodeId ReadNode(ref ReadOnlySpan<byte> input)
    {
        var node = new NodeId(BinaryPrimitives.ReadInt32LittleEndian(input));
        input = input[sizeof(int)..];
        return node;
    }

    /// <summary>Checked before anything is allocated.</summary>
    private static bool TryReadCount(ref ReadOnlySpan<byte> input, int bytesEach, out int count)
    {
        count = input.IsEmpty ? 0 : input[0];
        if (input.IsEmpty || count > GroupMembers.MaxMembers || count * bytesEach > input.Length - 1)
            return false;
        input = input[1..];
        return true;
    }
}
