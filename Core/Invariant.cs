using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Core;

/// <summary>Checks that stay on in release builds: a violated one is our bug, and the node must stop.</summary>
public static class Invariant
{
    /// <exception cref="InvariantException"><paramref name="holds"/> is false.</exception>
    public static void Check([DoesNotReturnIf(false)] bool holds, string what)
    {
        if (!holds)
            throw new InvariantException(what);
    }
}
