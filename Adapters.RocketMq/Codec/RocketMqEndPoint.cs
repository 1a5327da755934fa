using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>A host as records and ids carry it: four address bytes and a port. Readers before 4.6 know no
/// other form, so an IPv6 peer is written as 0.0.0.0.</summary>
/// <param name="Address">The four bytes of an IPv4 address, big-endian.</param>
public readonly record struct RocketMqEndPoint(uint Address, int Port)
{
    public const int Bytes = 8;

    /// <summary>An IPv6 address that is no mapped IPv4 one becomes 0.0.0.0, but for the loopback.</summary>
    public static RocketMqEndPoint Of(IPAddress address, int port)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.Equals(IPAddress.IPv6Loopback))
            address = IPAddress.Loopback;
        else if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetwork)
            return new(0, port);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        return address.TryWriteBytes(bytes, out _) ? new(BinaryPrimitives.ReadUInt32BigEndian(bytes), port) : new(0, port);
    }

    public static RocketMqEndPoint Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[sizeof(uint)..]));

    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Address);
        BinaryPrimitives.WriteInt32BigEndian(bytes[sizeof(uint)..], Port);
    }

    /// <summary>As <c>ip:port</c>.</summary>
    public override string ToString() =>
        $"{Address >> 24}.{(Address >> 16) & 0xFF}.{(Address >> 8) & 0xFF}.{Address & 0xFF}:{Port}";
}
