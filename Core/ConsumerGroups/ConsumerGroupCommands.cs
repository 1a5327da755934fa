using System.Buffers;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.ConsumerGroups;

/// <summary>Encodes the commands of consumer groups: little-endian, one command per call, nothing after it.</summary>
internal static class ConsumerGroupCommands
{
    /// <summary>Most partitions in one <see cref="Lock"/>: the answer is a bit set.</summary>
    public const int MaxLocks = 64;

    /// <summary>Most partitions in one <see cref="Unlock"/>.</summary>
    public const int MaxUnlocks = 1024;

    /// <summary>Most partitions in one <see cref="Prune"/>.</summary>
    public const int MaxPrunes = 1024;

    /// <summary>Answered Ok with the group's generation, or LimitReached.</summary>
    public static void Join(
        IBufferWriter<byte> output,
        ConsumerGroupKey group,
        string member,
        ConnectionKey owner,
        int sessionTimeoutMs,
        ReadOnlySpan<byte> metadata)
    {
        Start(output, ConsumerGroupCommandKind.Join, group);
        output.PutString(member);
        output.PutConnection(owner);
        output.PutInt32(sessionTimeoutMs);
        output.PutBytes(metadata);
    }

    /// <summary>Answered Ok; says nothing of a member that has another owner by now.</summary>
    public static void Leave(IBufferWriter<byte> output, ConsumerGroupKey group, string member, ConnectionKey owner)
    {
        Start(output, ConsumerGroupCommandKind.Leave, group);
        output.PutString(member);
        output.PutConnection(owner);
    }

    /// <summary>A connection has ended: its members leave every group here. Answered Ok.</summary>
    public static void LeaveAll(IBufferWriter<byte> output, ConnectionKey owner)
    {
        output.PutByte((byte)ConsumerGroupCommandKind.LeaveAll);
        output.PutConnection(owner);
    }

    /// <summary>Answered Ok, or LimitReached.</summary>
    public static void CommitOffset(IBufferWriter<byte> output, ConsumerGroupKey group, QueueId partition, long offset)
    {
        Start(output, ConsumerGroupCommandKind.CommitOffset, group);
        output.PutInt64(partition.Value);
        output.PutInt64(offset);
    }

    /// <summary>Answered Ok with a bit per partition that the member has locked now, or LimitReached.</summary>
    public static void Lock(
        IBufferWriter<byte> output,
        ConsumerGroupKey group,
        string member,
        int leaseMs,
        ReadOnlySpan<QueueId> partitions)
    {
        Start(output, ConsumerGroupCommandKind.Lock, group);
        output.PutString(member);
        output.PutInt32(leaseMs);
        output.PutQueues(partitions);
    }

    /// <summary>Answered Ok; other members' locks stay.</summary>
    public static void Unlock(
        IBufferWriter<byte> output, ConsumerGroupKey group, string member, ReadOnlySpan<QueueId> partitions)
    {
        Start(output, ConsumerGroupCommandKind.Unlock, group);
        output.PutString(member);
        output.PutQueues(partitions);
    }

    /// <summary>Removes a member unless it has joined anew since (<see cref="GroupMember.Number"/>).</summary>
    public static void Drop(IBufferWriter<byte> output, ConsumerGroupKey group, string member, long number)
    {
        Start(output, ConsumerGroupCommandKind.Drop, group);
        output.PutString(member);
        output.PutInt64(number);
    }

    /// <summary>Forgets the group's offsets and locks of partitions that were deleted.</summary>
    public static void Prune(IBufferWriter<byte> output, ConsumerGroupKey group, ReadOnlySpan<QueueId> partitions)
    {
        Start(output, ConsumerGroupCommandKind.Prune, group);
        output.PutQueues(partitions);
    }

    /// <summary>Forgets the group. Answered Ok, also when it is not there; InUse while it has members, or locks that
    /// have not run out.</summary>
    public static void Delete(IBufferWriter<byte> output, ConsumerGroupKey group) =>
        Start(output, ConsumerGroupCommandKind.Delete, group);

    private static void Start(IBufferWriter<byte> output, ConsumerGroupCommandKind kind, ConsumerGroupKey group)
    {
        output.PutByte((byte)kind);
        output.PutInt64(group.Namespace.Value);
        output.PutString(group.Name);
    }
}
