namespace Cmq.MultiProtocol.Core;

/// <summary>One client connection in the cluster.</summary>
/// <param name="Owner">The node's life that it belongs to; the connection dies with it.</param>
/// <param name="Number">Counted up by the node, from 1; 0 = none.</param>
public readonly record struct ConnectionKey(NodeIncarnation Owner, long Number);
