using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Encoding of lane answers, requests and responses between nodes. What is
/// malformed, though the transport's checksum held, is a <see cref="MalformedException"/>.</summary>
internal static class PeerCodec
{
    public static ReadOnlyMemory<byte> WriteAnswer(in BatchResult result)
    {
        var output = new ArrayBufferWriter<byte>(64);
        output.WriteByte((byte)result.Source.Kind);
        output.WriteInt32(result.Source.Id);
        output.WriteInt64(result.Source.Incarnation);
        output.WriteInt64(result.Number);
        output.WriteByte((byte)result.Verdict);
        output.WriteInt64(result.Expected);
        output.WriteInt32(result.Answers?.Length ?? 0);
        foreach (Answer answer in result.Answers ?? [])
            AnswerCodec.Write(output, answer);

        return output.WrittenMemory;
    }

    public static BatchResult ReadAnswer(ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        var source = new LaneSource((LaneSourceKind)input.ReadByte(), input.ReadInt32(), input.ReadInt64());
        long number = input.ReadInt64();
        var verdict = (LaneVerdict)input.ReadByte();
        long expected = input.ReadInt64();
        MalformedException.ThrowIf(
            source.Kind is not (LaneSourceKind.Node or LaneSourceKind.Group) || !Enum.IsDefined(verdict)
            || number < 0 || expected < 0,
            "it answers no batch of a lane");
        var answers = new Answer[input.ReadCount()];
        for (int i = 0; i < answers.Length; i++)
            answers[i] = AnswerCodec.Read(ref input);
        return new BatchResult(source, number, verdict, answers, expected);
    }

    public static ReadOnlyMemory<byte> WriteRequest(in NodeRequest request)
    {
        var output = new ArrayBufferWriter<byte>(64);
        WriteLife(output, request.From);
        output.WriteInt64(request.Number);
        output.WriteInt64(request.AfterBatch);
        RequestCodec.Write(output, request.Body);
        return output.WrittenMemory;
    }

    public static NodeRequest ReadRequest(ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        return new NodeRequest(
            ReadLife(ref input), input.ReadInt64(), input.ReadInt64(), RequestCodec.Read(ref input));
    }

    public static ReadOnlyMemory<byte> WriteResponse(NodeIncarnation to, long number, object response)
    {
        var output = new ArrayBufferWriter<byte>(64);
        WriteLife(output, to);
        output.WriteInt64(number);
        switch (response)
        {
            case Reply reply:
                output.WriteByte(0);
                output.WriteByte((byte)reply);
                break;
            case QueueSaid said:
                output.WriteByte(1);
                WriteSaid(output, said);
                break;
            case PartSaid said:
                output.WriteByte(2);
                output.WriteByte((byte)said.Reply);
                output.WriteBytes(said.Body.Span);
                break;
            case PartitionSaid said:
                output.WriteByte(3);
                PartitionCodec.WriteSaid(output, said);
                break;
            default:
                throw new InvariantException($"no response is a {response.GetType().Name}");
        }

        return output.WrittenMemory;
    }

    public static (NodeIncarnation To, long Number, object Response) ReadResponse(ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation to = ReadLife(ref input);
        long number = input.ReadInt64();
        object response = input.ReadByte() switch
        {
            0 => AnswerCodec.ReadReply(ref input),
            1 => ReadSaid(ref input),
            2 => new PartSaid(AnswerCodec.ReadReply(ref input), input.ReadBytes()),
            3 => PartitionCodec.ReadSaid(ref input),
            var kind => throw new MalformedException($"response {kind} is unknown"),
        };
        return (to, number, response);
    }

    public static void WriteLife(IBufferWriter<byte> output, NodeIncarnation life)
    {
        output.WriteInt32(life.Node.Value);
        output.WriteInt64(life.Incarnation);
    }

    public static NodeIncarnation ReadLife(ref StateReader input) =>
        new(new NodeId(input.ReadInt32()), input.ReadInt64());

    public static void WriteFence(IBufferWriter<byte> output, DeliveryFence fence)
    {
        output.WriteInt64(fence.Term);
        output.WriteInt64(fence.Round);
    }

    public static DeliveryFence ReadFence(ref StateReader input) => new(input.ReadInt64(), input.ReadInt64());

    private static void WriteSaid(IBufferWriter<byte> output, QueueSaid said)
    {
        output.WriteByte((byte)said.Reply);
        output.WriteInt64(said.Count);
        output.WriteInt64(said.Holder);
        WriteFence(output, said.Fence);
        output.WriteInt64(said.Status.Ready);
        output.WriteInt64(said.Status.Held);
        output.WriteInt64(said.Status.Delayed);
        output.WriteInt32(said.Status.Consumers);
        output.WriteInt64(said.Status.Rewindable);
        output.WriteInt64(said.Status.ReadyBytes);
        output.WriteInt64(said.Status.OldestMs);
        output.WriteInt32(said.Deliveries.Count);
        foreach (Delivery delivery in said.Deliveries)
            MessageCodec.Write(output, delivery);
    }

    private static QueueSaid ReadSaid(ref StateReader input)
    {
        Reply reply = AnswerCodec.ReadReply(ref input);
        long count = input.ReadInt64();
        long holder = input.ReadInt64();
        DeliveryFence fence = ReadFence(ref input);
        var status = new QueueStatus(
            input.ReadInt64(),
            input.ReadInt64(),
            input.ReadInt64(),
            input.ReadInt32(),
            input.ReadInt64(),
            input.ReadInt64(),
            input.ReadInt64());
        var deliveries = new Delivery[input.ReadCount()];
        for (int i = 0; i < deliveries.Length; i++)
            deliveries[i] = MessageCodec.ReadDelivery(ref input);
        return new QueueSaid(reply, count, status, deliveries, holder, fence);
    }
}
