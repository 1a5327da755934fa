namespace Cmq.MultiProtocol.Core;

/// <summary>One life of a node: its number and the incarnation that its store counted up at this start.</summary>
public readonly record struct NodeIncarnation(NodeId Node, long Incarnation);
