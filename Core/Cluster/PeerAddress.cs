using System.Globalization;
using System.Net;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Where a peer listens (<c>Cluster:Peers</c>).</summary>
public sealed record PeerAddress(NodeId Id, string Host, int Port)
{
    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public string HostAndPort => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";

    /// <summary>Reads what <see cref="HostAndPort"/> gives; null when it is something else.</summary>
    public static PeerAddress? Read(NodeId id, string hostAndPort)
    {
        int colon = hostAndPort.LastIndexOf(':');
        return colon > 0
            && int.TryParse(hostAndPort.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            && port is > 0 and <= IPEndPoint.MaxPort
            ? new PeerAddress(id, hostAndPort[..colon].Trim('[', ']'), port)
            : null;
    }
}
