using System.Net;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>What never leaves the machine, so that it may be plain.</summary>
internal static class Loopback
{
    /// <summary>A dual-mode socket writes 127.0.0.1 as ::ffff:127.0.0.1.</summary>
    public static bool Is(IPAddress address) =>
        IPAddress.IsLoopback(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    public static bool Is(EndPoint? endPoint) => endPoint is IPEndPoint ip && Is(ip.Address);
}
