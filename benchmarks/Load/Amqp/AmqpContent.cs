using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>What goes before a body.</summary>
public static class AmqpContent
{
    private const int DeliveryModeFlag = 0x1000;
    private const int PropertyBytes = 15;
    private const byte Persistent = 2;
    private const byte Transient = 1;

    /// <summary>basic.publish to a queue by the default exchange, and the content header.</summary>
    public static byte[] Head(string queue, int bodyBytes, bool isPersistent)
    {
        byte[] method = new AmqpArguments(AmqpMethod.BasicPublish)
            .Short(0).ShortText("").ShortText(queue).Octet(0).Frame(AmqpSession.Channel);
        byte[] header = new byte[AmqpFrame.HeaderBytes + PropertyBytes + 1];
        AmqpFrame.WriteHeader(header, AmqpFrame.Header, AmqpSession.Channel, PropertyBytes);
        Span<byte> payload = header.AsSpan(AmqpFrame.HeaderBytes);
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)(AmqpMethod.BasicPublish >> 16));
        BinaryPrimitives.WriteInt64BigEndian(payload[4..], bodyBytes);
        BinaryPrimitives.WriteUInt16BigEndian(payload[12..], DeliveryModeFlag);
        payload[14] = isPersistent ? Persistent : Transient;
        payload[15] = AmqpFrame.End;
        return [.. method, .. header];
    }
}
