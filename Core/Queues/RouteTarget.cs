namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A queue that a duty's message is routed to.</summary>
/// <param name="Queue">Name of the queue, for the cycle rule.</param>
public readonly record struct RouteTarget(GroupId Group, QueueId Id, string Queue);
