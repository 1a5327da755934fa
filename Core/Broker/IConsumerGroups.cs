namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Groups of consumers that share the partitions they read (DESIGN sections 2 and 6): members, offsets and partition
/// locks, replicated in the data group that the name hashes to.
/// </summary>
public interface IConsumerGroups
{
    /// <summary>Joins, or stays: a member that says nothing for <paramref name="sessionTimeoutMs"/> is dropped. Only
    /// joins, leaves and changes of <see cref="ConsumerMember.Metadata"/> are logged.
    /// <see cref="IGroupMemberSink.GroupChanged"/> follows on every member's connection when the members change.</summary>
    /// <returns>Ok; BadName, LimitReached, Unavailable, TimedOut.</returns>
    ValueTask<Reply> JoinAsync(
        string group, ConsumerMember member, int sessionTimeoutMs, CancellationToken cancellation);

    /// <summary>Also done for all memberships when the connection is disposed of.</summary>
    ValueTask<Reply> LeaveAsync(string group, string member, CancellationToken cancellation);

    /// <summary>Members in ordinal order of names; Ok with none for an unknown group.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<ConsumerMember> Members)> ListMembersAsync(
        string group, CancellationToken cancellation);

    /// <summary>Names of all groups that have members or offsets, ordinal order.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<string> Groups)> ListAsync(CancellationToken cancellation);

    /// <summary>Stores where the group goes on; durable when answered. The newest word counts, also a lower one.</summary>
    ValueTask<Reply> CommitOffsetAsync(
        string group, QueueId partition, long offset, CancellationToken cancellation);

    /// <summary>Null when none was ever stored.</summary>
    ValueTask<(Reply Reply, long? Offset)> FetchOffsetAsync(
        string group, QueueId partition, CancellationToken cancellation);

    /// <summary>All offsets of a group.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<KeyValuePair<QueueId, long>> Offsets)> ListOffsetsAsync(
        string group, CancellationToken cancellation);

    /// <summary>Locks partitions for a member, or renews its locks, until log time has gone on by
    /// <paramref name="leaseMs"/>.</summary>
    /// <returns>Ok with the partitions that the member has locked now, a part of those asked for.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<QueueId> Locked)> LockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, int leaseMs, CancellationToken cancellation);

    ValueTask<Reply> UnlockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, CancellationToken cancellation);
}
