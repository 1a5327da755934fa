namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>A consumer group's lock on a partition. It outlives its holder's membership: a member that is silent may
/// still be at work.</summary>
/// <param name="Member">Name of the holder.</param>
/// <param name="DeadlineMs">Log time, Unix ms, from which another member may take it.</param>
/// <param name="Token">Higher with every change of holder, also over a time in which nobody held it.</param>
internal readonly record struct PartitionLock(string Member, long DeadlineMs, long Token);
