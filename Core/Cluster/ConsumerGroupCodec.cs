using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Encoding of what nodes ask and tell each other about consumer groups.</summary>
internal static class ConsumerGroupCodec
{
    private enum Kind : byte
    {
        Heartbeat = 1,
        ListMembers = 2,
        ListGroups = 3,
        FetchOffset = 4,
        ListOffsets = 5,
    }

    public static ReadOnlyMemory<byte> Write(ConsumerGroupAsk ask)
    {
        var output = new ArrayBufferWriter<byte>(64);
        switch (ask)
        {
            case ConsumerGroupAsk.Heartbeat beat:
                Start(output, Kind.Heartbeat, beat.Group);
                output.WriteText(beat.Member);
                output.WriteInt64(beat.Connection);
                break;
            case ConsumerGroupAsk.ListMembers list:
                Start(output, Kind.ListMembers, list.Group);
                break;
            case ConsumerGroupAsk.ListGroups list:
                output.WriteByte((byte)Kind.ListGroups);
                output.WriteInt64(list.Namespace.Value);
                break;
            case ConsumerGroupAsk.FetchOffset fetch:
                Start(output, Kind.FetchOffset, fetch.Group);
                output.WriteInt64(fetch.Partition.Value);
                break;
            case ConsumerGroupAsk.ListOffsets list:
                Start(output, Kind.ListOffsets, list.Group);
                break;
            default:
                throw new InvariantException($"no request of consumer groups is a {ask.GetType().Name}");
        }

        return output.WrittenMemory;
    }

    public static ConsumerGroupAsk ReadAsk(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var kind = (Kind)input.ReadByte();
        if (kind == Kind.ListGroups)
            return new ConsumerGroupAsk.ListGroups(new NamespaceId(input.ReadInt64()));
        var group = new ConsumerGroupKey(new NamespaceId(input.ReadInt64()), input.ReadText());
        return kind switch
        {
            Kind.Heartbeat => new ConsumerGroupAsk.Heartbeat(group, input.ReadText(), input.ReadInt64()),
            Kind.ListMembers => new ConsumerGroupAsk.ListMembers(group),
            Kind.FetchOffset => new ConsumerGroupAsk.FetchOffset(group, new QueueId(input.ReadInt64())),
            Kind.ListOffsets => new ConsumerGroupAsk.ListOffsets(group),
            _ => throw new MalformedException($"request {kind} of consumer groups is unknown"),
        };
    }

    public static ReadOnlyMemory<byte> WriteGeneration(long generation)
    {
        var output = new ArrayBufferWriter<byte>(8);
        output.WriteInt64(generation);
        return output.WrittenMemory;
    }

    public static long ReadGeneration(ReadOnlyMemory<byte> body) => new StateReader(body).ReadInt64();

    public static ReadOnlyMemory<byte> WriteMembers(IReadOnlyCollection<KeyValuePair<string, GroupMember>> members)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.WriteInt32(members.Count);
        foreach ((string name, GroupMember member) in members)
        {
            output.WriteText(name);
            output.WriteBytes(member.Metadata.Span);
        }

        return output.WrittenMemory;
    }

    public static ConsumerMember[] ReadMembers(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var members = new ConsumerMember[input.ReadCount()];
        for (int i = 0; i < members.Length; i++)
            members[i] = new ConsumerMember(input.ReadText(), input.ReadBytes());
        return members;
    }

    public static ReadOnlyMemory<byte> WriteNames(IReadOnlyCollection<string> names)
    {
        var output = new ArrayBufferWriter<byte>(256);
        output.WriteInt32(names.Count);
        foreach (string name in names)
            output.WriteText(name);
        return output.WrittenMemory;
    }

    public static string[] ReadNames(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var names = new string[input.ReadCount()];
        for (int i = 0; i < names.Length; i++)
            names[i] = input.ReadText();
        return names;
    }

    public static ReadOnlyMemory<byte> WriteOffsets(IReadOnlyCollection<KeyValuePair<long, long>> offsets)
    {
        var output = new ArrayBufferWriter<byte>(4 + (16 * offsets.Count));
        output.WriteInt32(offsets.Count);
        foreach ((long partition, long offset) in offsets)
        {
            output.WriteInt64(partition);
            output.WriteInt64(offset);
        }

        return output.WrittenMemory;
    }

    public static KeyValuePair<QueueId, long>[] ReadOffsets(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var offsets = new KeyValuePair<QueueId, long>[input.ReadCount()];
        for (int i = 0; i < offsets.Length; i++)
            offsets[i] = new(new QueueId(input.ReadInt64()), input.ReadInt64());
        return offsets;
    }

    /// <summary>To a node: a group of some of its connections has another generation.</summary>
    public static ReadOnlyMemory<byte> WriteChange(
        NodeIncarnation to, string group, long generation, IReadOnlyCollection<long> connections)
    {
        var output = new ArrayBufferWriter<byte>(64);
        PeerCodec.WriteLife(output, to);
        output.WriteText(group);
        output.WriteInt64(generation);
        output.WriteInt32(connections.Count);
        foreach (long connection in connections)
            output.WriteInt64(connection);
        return output.WrittenMemory;
    }

    public static (NodeIncarnation To, string Group, long Generation, long[] Connections) ReadChange(
        ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation to = PeerCodec.ReadLife(ref input);
        string group = input.ReadText();
        long generation = input.ReadInt64();
        var connections = new long[input.ReadCount()];
        for (int i = 0; i < connections.Length; i++)
            connections[i] = input.ReadInt64();
        return (to, group, generation, connections);
    }

    private static void Start(ArrayBufferWriter<byte> output, Kind kind, ConsumerGroupKey group)
    {
        output.WriteByte((byte)kind);
        output.WriteInt64(group.Namespace.Value);
        output.WriteText(group.Name);
    }
}
