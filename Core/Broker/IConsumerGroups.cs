namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>
/// Groups of consumers that share the partitions they read (DESIGN sections 2 and 6): members, offsets and partition
/// locks, replicated in the data group that the name hashes to. Names of groups and members have 1 to 255 bytes of
/// UTF-8. Thread-safe. Every answer may also be <see cref="Reply.BadName"/>, <see cref="Reply.Unavailable"/> or
/// <see cref="Reply.TimedOut"/>.
/// </summary>
public interface IConsumerGroups
{
    /// <summary>Longest session time-out, ms; a longer one is cut.</summary>
    const int MaxSessionTimeoutMs = 3_600_000;

    /// <summary>Longest lease of a lock, ms; a longer one is cut.</summary>
    const int MaxLeaseMs = 3_600_000;

    /// <summary>Joins, or stays: called with every heartbeat of a member, which is dropped when it says nothing for
    /// <paramref name="sessionTimeoutMs"/> (later after a change of the leader, never earlier). A mere heartbeat is not
    /// logged; joining, another connection, other metadata and another time-out are.
    /// <see cref="IGroupMemberSink.GroupChanged"/> follows on every member's connection when the members or their
    /// metadata change.</summary>
    /// <returns>Ok, LimitReached.</returns>
    ValueTask<Reply> JoinAsync(
        string group, ConsumerMember member, int sessionTimeoutMs, CancellationToken cancellation);

    /// <summary>Ends a membership of this connection, not the member's locks; also done for all its memberships when the
    /// connection is disposed of.</summary>
    /// <returns>Ok, also when it was no member, or another connection's.</returns>
    ValueTask<Reply> LeaveAsync(string group, string member, CancellationToken cancellation);

    /// <summary>Members in ordinal order of names; Ok with none for an unknown group.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<ConsumerMember> Members)> ListMembersAsync(
        string group, CancellationToken cancellation);

    /// <summary>Names of all groups of the namespace that have members, offsets or locks, ordinal order.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<string> Groups)> ListAsync(CancellationToken cancellation);

    /// <summary>Forgets a group and its offsets.</summary>
    /// <returns>Ok, also when it is not there; InUse while it has members, or locks that have not run out.</returns>
    ValueTask<Reply> DeleteAsync(string group, CancellationToken cancellation);

    /// <summary>Stores where the group goes on; durable when answered. The newest word counts, also a lower one; what
    /// one node's connections say counts in the order of their calls. It is forgotten when the partition is
    /// deleted.</summary>
    /// <returns>Ok, LimitReached.</returns>
    ValueTask<Reply> CommitOffsetAsync(
        string group, QueueId partition, long offset, CancellationToken cancellation);

    /// <summary>Null when none was ever stored. Behind everything that this node stored before.</summary>
    ValueTask<(Reply Reply, long? Offset)> FetchOffsetAsync(
        string group, QueueId partition, CancellationToken cancellation);

    /// <summary>All offsets of a group, by number of the partition.</summary>
    ValueTask<(Reply Reply, IReadOnlyList<KeyValuePair<QueueId, long>> Offsets)> ListOffsetsAsync(
        string group, CancellationToken cancellation);

    /// <summary>Locks partitions for a member, or renews its locks, until log time has gone on by
    /// <paramref name="leaseMs"/>. The name alone counts, so that a member keeps its locks when it comes back by another
    /// node; whether it has joined is not looked at.</summary>
    /// <returns>Ok with the partitions that the member has locked now, a part of those asked for, in their order;
    /// LimitReached.</returns>
    ValueTask<(Reply Reply, IReadOnlyList<QueueId> Locked)> LockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, int leaseMs, CancellationToken cancellation);

    /// <returns>Ok, also for what the member had not locked.</returns>
    ValueTask<Reply> UnlockAsync(
        string group, string member, IReadOnlyList<QueueId> partitions, CancellationToken cancellation);
}
