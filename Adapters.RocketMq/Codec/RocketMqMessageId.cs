using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The broker's message id: store host and physical offset as 32 upper-case hexadecimal digits
/// (specification section 9).</summary>
/// <param name="StoreHost">Where a client asks for the message.</param>
/// <param name="Position">Physical offset.</param>
public readonly record struct RocketMqMessageId(RocketMqEndPoint StoreHost, long Position)
{
    private const int Bytes = RocketMqEndPoint.Bytes + sizeof(long);

    public static bool TryParse(string text, out RocketMqMessageId id)
    {
        id = default;
        Span<byte> bytes = stackalloc byte[Bytes];
        if (Convert.FromHexString(text, bytes, out int used, out int written) != System.Buffers.OperationStatus.Done
            || written != Bytes || used != text.Length)
        {
            return false;
        }
        id =
            new(RocketMqEndPoint.Read(bytes), BinaryPrimitives.ReadInt64BigEndian(bytes[RocketMqEndPoint.Bytes..]));
        return true;
    }

    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        StoreHost.Write(bytes);
        BinaryPrimitives.WriteInt64BigEndian(bytes[RocketMqEndPoint.Bytes..], Position);
        return Convert.ToHexString(bytes);
    }
}
