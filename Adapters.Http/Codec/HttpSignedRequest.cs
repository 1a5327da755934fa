namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>What a signature covers, as far as the server can see it.</summary>
/// <param name="Method"><c>GET</c> or <c>POST</c>.</param>
/// <param name="Hosts">Texts that the client may have signed as host, the likeliest first, without
/// repetition.</param>
/// <param name="Path">Path as on the request line.</param>
public sealed record HttpSignedRequest(
    string Method,
    IReadOnlyList<string> Hosts,
    string Path,
    HttpParameters Parameters)
{
    /// <summary>The host as clients may have signed it: what stands in their endpoint, while the Host header
    /// is what their HTTP library made of it, without a default port, or what a proxy put there.</summary>
    /// <param name="hostHeader">The Host header, "" when there is none.</param>
    /// <param name="listeningPort">Port of the listener; 0 when unknown.</param>
    /// <param name="aliases">Further texts by configuration.</param>
    public static IReadOnlyList<string> HostsOf(
        string hostHeader, int listeningPort, IReadOnlyList<string> aliases)
    {
        int colon = hostHeader.LastIndexOf(':');
        bool hasPort = colon > hostHeader.LastIndexOf(']');
        string name = hasPort ? hostHeader[..colon] : hostHeader;
        string[] hosts =
            [hostHeader, name, $"{name}:80", $"{name}:443", $"{name}:{listeningPort}", .. aliases];
        return [.. hosts.Distinct(StringComparer.Ordinal)];
    }
}
