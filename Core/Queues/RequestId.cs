namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Names a request to a queue's leader; a repeated one has the same name.</summary>
/// <param name="Node">Who asks.</param>
/// <param name="Number">Counted up by that life of the node, from 1.</param>
public readonly record struct RequestId(NodeIncarnation Node, long Number);
