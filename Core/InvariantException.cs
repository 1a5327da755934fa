namespace Cmq.MultiProtocol.Core;

/// <summary>An invariant of our own does not hold; whoever catches it stops the node.</summary>
public sealed class InvariantException(string what, Exception? cause = null) : Exception(what, cause);
