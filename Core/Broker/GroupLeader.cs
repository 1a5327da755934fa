namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A data group and who leads it, as far as this node knows.</summary>
/// <param name="Leader">0 = nobody known.</param>
/// <param name="Address">What the leader's node advertises for the service asked for, <c>host:port</c>; null when it
/// does not.</param>
public sealed record GroupLeader(GroupId Group, NodeId Leader, string? Address);
