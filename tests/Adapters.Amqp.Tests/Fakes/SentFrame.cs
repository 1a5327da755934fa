using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

/// <summary>A frame that the server wrote, copied.</summary>
internal sealed record SentFrame(AmqpFrameType Type, ushort Channel, byte[] Payload)
{
    public AmqpMethodId Method => Type == AmqpFrameType.Method
        ? (AmqpMethodId)new AmqpFieldReader(Payload).Long()
        : 0;

    public static SentFrame From(in AmqpFrame frame) => new(frame.Type, frame.Channel, frame.Payload.ToArray());

    public T Read<T>()
        where T : struct, IAmqpMethod<T>
    {
        Assert.Equal(T.Id, Method);
        var fields = new AmqpFieldReader(Payload);
        fields.Long();
        T method = T.Read(ref fields);
        fields.End();
        return method;
    }

    public override string ToString() => $"{Type} {Channel} {(Type == AmqpFrameType.Method ? Method : "")}";
}
