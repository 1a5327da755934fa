namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A node's request to a group's leader: not a command, nothing is logged for it as such.</summary>
/// <param name="From">The asking node's life.</param>
/// <param name="Number">The node's own number for it; the response carries it. 0: no response is wanted.</param>
/// <param name="AfterBatch">Answered only when the node's lane to the group was applied up to this batch.</param>
/// <param name="Body">What is asked; its type belongs to the group's role.</param>
internal readonly record struct NodeRequest(NodeIncarnation From, long Number, long AfterBatch, object Body);
