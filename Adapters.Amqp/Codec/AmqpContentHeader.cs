using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>The fixed part of a header frame (2.3.5.2).</summary>
/// <param name="BodyBytes">Announced size; may exceed what we accept.</param>
public readonly record struct AmqpContentHeader(ushort ClassId, ushort Weight, ulong BodyBytes)
{
    /// <summary>Bytes in front of the property block.</summary>
    public const int Bytes = 12;

    /// <exception cref="AmqpProtocolException">501: shorter than its fixed part.</exception>
    public static AmqpContentHeader Read(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < Bytes + sizeof(ushort))
            throw AmqpProtocolException.CannotDecode(payload);
        return new(
            BinaryPrimitives.ReadUInt16BigEndian(payload),
            BinaryPrimitives.ReadUInt16BigEndian(payload[2..]),
            BinaryPrimitives.ReadUInt64BigEndian(payload[4..]));
    }
}
