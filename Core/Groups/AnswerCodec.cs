using System.Buffers;
using System.Diagnostics;

namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Answers in snapshots and between nodes: the reply, the value, and the position if there is one.</summary>
internal static class AnswerCodec
{
    /// <summary>Beside the reply in its byte: a position follows the value.</summary>
    private const byte HasPosition = 0x80;

    public static void Write(IBufferWriter<byte> output, in Answer answer)
    {
        Debug.Assert((byte)answer.Reply < HasPosition, "a reply leaves the upper bit free");
        bool hasPosition = answer.Position != Answer.NoPosition;
        output.WriteByte((byte)((byte)answer.Reply | (hasPosition ? HasPosition : 0)));
        output.WriteInt64(answer.Value);
        if (hasPosition)
            output.WriteInt64(answer.Position);
    }

    public static Answer Read(ref StateReader input)
    {
        byte first = input.ReadByte();
        return new Answer(
            Known((Reply)(first & ~HasPosition)),
            input.ReadInt64(),
            (first & HasPosition) != 0 ? input.ReadInt64() : Answer.NoPosition);
    }

    public static Reply ReadReply(ref StateReader input) => Known((Reply)input.ReadByte());

    private static Reply Known(Reply reply)
    {
        MalformedException.ThrowIf(!Enum.IsDefined(reply), "a reply is unknown");
        return reply;
    }
}
