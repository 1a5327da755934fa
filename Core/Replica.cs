namespace Cmq.MultiProtocol.Core;

/// <summary>A node by its disk: one whose disk was emptied is another replica, and knows nothing of what the one before
/// has promised.</summary>
/// <param name="Store">The UUID that the store got when it was made.</param>
public readonly record struct Replica(NodeId Node, Guid Store);
