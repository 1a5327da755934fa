namespace Cmq.MultiProtocol.Core;

/// <summary>An invariant of our own does not hold; whoever catches it stops the node, unless it is of what a peer sent
/// (<see cref="MalformedException"/>).</summary>
public class InvariantException(string what, Exception? cause = null) : Exception(what, cause);
