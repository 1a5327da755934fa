using System.Net.Sockets;
using System.Security.Authentication;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>Which exceptions are the network's or the peer's, to be expected, and which are ours.</summary>
internal static class PeerBreak
{
    /// <summary>Kestrel's ConnectionAbortedException is an <see cref="OperationCanceledException"/>, its
    /// ConnectionResetException an <see cref="IOException"/>.</summary>
    public static bool IsExpected(Exception exception) => exception
        is PeerProtocolException or PeerRefusedException or IOException or SocketException
        or AuthenticationException or OperationCanceledException;
}
