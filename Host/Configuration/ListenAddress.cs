using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Where a listener listens.</summary>
/// <param name="Host">An IP address, a name, or <c>*</c> for every address of the machine.</param>
/// <param name="Port">0 takes a free one.</param>
internal sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Only this machine can reach it.</summary>
    public bool IsLoopback => string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(Host, out IPAddress? address) && IPAddress.IsLoopback(address));

    /// <summary>Every address of the machine, so none to reach it by.</summary>
    public bool IsAny => Host == "*"
        || (IPAddress.TryParse(Host, out IPAddress? address)
            && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    /// <summary><c>host:port</c>, with brackets around an IPv6 address.</summary>
    public static bool TryParse(string text, out ListenAddress address, out string problem)
    {
        address = new ListenAddress("", 0);
        problem = "";
        int colon = text.LastIndexOf(':');
        if (colon <= 0)
        {
            problem = "is not of the form host:port";
            return false;
        }

        string host = text[..colon];
        if (!int.TryParse(text[(colon + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out int port)
            || port > IPEndPoint.MaxPort)
        {
            problem = "has no port between 0 and 65535 after its last colon";
            return false;
        }

        if (host is ['[', .. var inner, ']'])
        {
            if (!IPAddress.TryParse(inner, out IPAddress? ip) || ip.AddressFamily != AddressFamily.InterNetworkV6)
            {
                problem = "has something else than an IPv6 address in its brackets";
                return false;
            }

            host = inner;
        }
        else if (host.Contains(':', StringComparison.Ordinal))
        {
            problem = "has an IPv6 address without brackets; write [address]:port";
            return false;
        }
        else if (host != "*" && Uri.CheckHostName(host) == UriHostNameType.Unknown)
        {
            problem = "has no valid host before its colon";
            return false;
        }

        address = new ListenAddress(host, port);
        return true;
    }

    /// <summary>The address to bind.</summary>
    /// <exception cref="SocketException">The name is not known.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancellation)
    {
        if (Host == "*")
            return new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port);
        if (IPAddress.TryParse(Host, out IPAddress? literal))
            return new IPEndPoint(literal, Port);
        // Clients that are told "localhost" try IPv4 too, and the defaults are IPv4.
        if (string.Equals(Host, "localhost", StringComparison.OrdinalIgnoreCase))
            return new IPEndPoint(IPAddress.Loopback, Port);

        IPAddress[] found = await Dns.GetHostAddressesAsync(Host, cancellation).ConfigureAwait(false);
        IPAddress chosen = found.FirstOrDefault(ip => ip.AddressFamily == AddressFamily.InterNetwork)
            ?? found.FirstOrDefault()
            ?? throw new SocketException((int)SocketError.HostNotFound);
        return new IPEndPoint(chosen, Port);
    }

    public override string ToString() => Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
