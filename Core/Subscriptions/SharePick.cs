namespace Cmq.MultiProtocol.Core.Subscriptions;

/// <summary>A share group whose turn is at another node.</summary>
internal readonly record struct SharePick(NodeId Node, FilterKey Filter);
