using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Core;

/// <summary>Bytes are not what they should be. In what this node wrote itself that is damage, and stops it like any other
/// invariant that does not hold; in what a peer sent it costs the connection to that peer, and nothing else.</summary>
public sealed class MalformedException(string what, Exception? cause = null) : InvariantException(what, cause)
{
    /// <exception cref="MalformedException"><paramref name="isMalformed"/> is true.</exception>
    public static void ThrowIf([DoesNotReturnIf(true)] bool isMalformed, string what)
    {
        if (isMalformed)
            throw new MalformedException(what);
    }
}
