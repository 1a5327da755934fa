namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Queues of another group that a message moves to.</summary>
internal readonly record struct RemoteTargets(GroupId Group, QueueId[] Queues);
