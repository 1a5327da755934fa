using System.Buffers;
using System.Diagnostics;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Encoding of what nodes and leaders say to each other about partitions.</summary>
internal static class PartitionCodec
{
    private enum Kind : byte
    {
        Read = 1,
        Cancel = 2,
        Bounds = 3,
        FindOffset = 4,
        FindPosition = 5,
        FindKey = 6,
    }

    public static PartAsk ToPart(PartitionAsk ask)
    {
        var output = new ArrayBufferWriter<byte>(64);
        Write(output, ask);
        return new PartAsk(PartitionAsk.Part, output.WrittenMemory);
    }

    public static PartitionAsk ReadAsk(ReadOnlyMemory<byte> body)
    {
        var input = new StateReader(body);
        var kind = (Kind)input.ReadByte();
        return kind switch
        {
            Kind.Read => new PartitionAsk.Read(new QueueId(input.ReadInt64()), ReadQuery(ref input)),
            Kind.Cancel => new PartitionAsk.Cancel(input.ReadInt64()),
            Kind.Bounds => new PartitionAsk.Bounds(new QueueId(input.ReadInt64())),
            Kind.FindOffset => new PartitionAsk.FindOffset(new QueueId(input.ReadInt64()), input.ReadInt64()),
            Kind.FindPosition => new PartitionAsk.FindPosition(
                input.ReadInt64(), new NamespaceId(input.ReadInt64())),
            Kind.FindKey => new PartitionAsk.FindKey(
                ReadPartitions(ref input), input.ReadText(), input.ReadInt64(), input.ReadInt64(), input.ReadInt32()),
            _ => throw new MalformedException($"question {kind} about a partition is unknown"),
        };
    }

    public static void WriteSaid(IBufferWriter<byte> output, PartitionSaid said)
    {
        output.WriteByte((byte)said.Reply);
        output.WriteInt64(said.Offset);
        output.WriteInt64(said.Bounds.MinOffset);
        output.WriteInt64(said.Bounds.MaxOffset);
        output.WriteInt64(said.Bounds.EarliestMs);
        output.WriteInt64(said.Bounds.LatestMs);
        output.WriteInt32(said.Messages.Count);
        foreach (PartitionMessage message in said.Messages)
        {
            output.WriteInt64(message.Partition.Value);
            output.WriteInt64(message.Offset);
            output.WriteInt64(message.Position);
            output.WriteInt64(message.StoredMs);
            output.WriteInt32(message.TagHash);
            MessageCodec.Write(output, message.Message);
        }
    }

    public static PartitionSaid ReadSaid(ref StateReader input)
    {
        Reply reply = AnswerCodec.ReadReply(ref input);
        long offset = input.ReadInt64();
        var bounds = new PartitionBounds(
            input.ReadInt64(), input.ReadInt64(), input.ReadInt64(), input.ReadInt64());
        var messages = new PartitionMessage[input.ReadCount()];
        for (int i = 0; i < messages.Length; i++)
        {
            messages[i] = new PartitionMessage(
                new QueueId(input.ReadInt64()),
                input.ReadInt64(),
                input.ReadInt64(),
                input.ReadInt64(),
                input.ReadInt32(),
                MessageCodec.ReadMessage(ref input));
        }

        return new PartitionSaid(reply, offset, bounds, messages);
    }

    private static void Write(IBufferWriter<byte> output, PartitionAsk ask)
    {
        switch (ask)
        {
            case PartitionAsk.Read read:
                output.WriteByte((byte)Kind.Read);
                output.WriteInt64(read.Partition.Value);
                WriteQuery(output, read.Query);
                break;
            case PartitionAsk.Cancel cancel:
                output.WriteByte((byte)Kind.Cancel);
                output.WriteInt64(cancel.Number);
                break;
            case PartitionAsk.Bounds bounds:
                output.WriteByte((byte)Kind.Bounds);
                output.WriteInt64(bounds.Partition.Value);
                break;
            case PartitionAsk.FindOffset find:
                output.WriteByte((byte)Kind.FindOffset);
                output.WriteInt64(find.Partition.Value);
                output.WriteInt64(find.TimeMs);
                break;
            case PartitionAsk.FindPosition find:
                output.WriteByte((byte)Kind.FindPosition);
                output.WriteInt64(find.Position);
                output.WriteInt64(find.Namespace.Value);
                break;
            case PartitionAsk.FindKey find:
                output.WriteByte((byte)Kind.FindKey);
                output.WriteInt32(find.Partitions.Count);
                foreach (QueueId partition in find.Partitions)
                    output.WriteInt64(partition.Value);
                output.WriteText(find.Key);
                output.WriteInt64(find.FromMs);
                output.WriteInt64(find.ToMs);
                output.WriteInt32(find.Most);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void WriteQuery(IBufferWriter<byte> output, PartitionQuery query)
    {
        output.WriteInt64(query.Offset);
        output.WriteInt32(query.MaxMessages);
        output.WriteInt32(query.MaxBytes);
        output.WriteInt32(query.WaitMs);
        output.WriteByte(query.TagHashes is null ? (byte)0 : (byte)1);
        if (query.TagHashes is not { } tags)
            return;
        output.WriteInt32(tags.Count);
        foreach (int tag in tags)
            output.WriteInt32(tag);
    }

    private static PartitionQuery ReadQuery(ref StateReader input)
    {
        long offset = input.ReadInt64();
        int maxMessages = input.ReadInt32();
        int maxBytes = input.ReadInt32();
        int waitMs = input.ReadInt32();
        int[]? tags = null;
        if (input.ReadByte() != 0)
        {
            tags = new int[input.ReadCount()];
            for (int i = 0; i < tags.Length; i++)
                tags[i] = input.ReadInt32();
        }

        return new PartitionQuery(offset, maxMessages, maxBytes, tags, waitMs);
    }

    private static QueueId[] ReadPartitions(ref StateReader input)
    {
        var partitions = new QueueId[input.ReadCount()];
        for (int i = 0; i < partitions.Length; i++)
            partitions[i] = new QueueId(input.ReadInt64());
        return partitions;
    }
}
