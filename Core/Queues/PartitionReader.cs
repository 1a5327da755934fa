using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Reads the partitions of a group by offset, time and position. Changes nothing; on the group's thread.</summary>
/// <param name="machine">The group's state.</param>
/// <param name="units">Gives stored commands.</param>
internal sealed class PartitionReader(QueueMachine machine, IUnitReader units)
{
    /// <summary>Messages in one read, a count, whatever was asked for.</summary>
    public const int MaxMessages = 4_096;

    /// <summary>Properties and bodies in one read, in bytes, whatever was asked for; but at least one message.</summary>
    public const int MaxBytes = 8 * 1024 * 1024;

    /// <summary>Rows that one filtered read looks at; it then says where to go on.</summary>
    public const int MaxRows = 16_384;

    public QueueState? Find(QueueId partition) => machine.Find(partition) is { IsPartition: true } found ? found : null;

    /// <summary>Collects what a query wants, from an offset on.</summary>
    /// <param name="partition">Where.</param>
    /// <param name="query">What, and how much of it.</param>
    /// <param name="offset">Where to begin; moved behind the last message looked at, or to the nearest bound.</param>
    /// <returns>Empty when nothing is there (any more, yet), or nothing that the query wants.</returns>
    public IReadOnlyList<PartitionMessage> Read(QueueState partition, PartitionQuery query, ref long offset)
    {
        long bounded = Math.Clamp(offset, partition.MinOffset, partition.NextSequence);
        if (bounded != offset)
        {
            // Who asked for another place is told where it would go on, and decides.
            offset = bounded;
            return [];
        }

        List<PartitionMessage> messages = [];
        int most = Math.Clamp(query.MaxMessages, 1, MaxMessages);
        long left = Math.Min(query.MaxBytes, MaxBytes);
        long end = Math.Min(partition.NextSequence, offset + MaxRows);
        for (; offset < end && messages.Count < most; offset++)
        {
            if (query.TagHashes is { } tags && !tags.Contains(partition.TagOf(offset)))
                continue;
            PartitionMessage message = MessageAt(partition, offset);
            left -= message.Bytes;
            if (left < 0 && messages.Count > 0)
                break;
            messages.Add(message);
        }

        return messages;
    }

    public static PartitionBounds BoundsOf(QueueState partition)
    {
        long min = partition.MinOffset;
        long max = partition.NextSequence;
        return min == max
            ? new PartitionBounds(min, max, -1, -1)
            : new PartitionBounds(min, max, partition.RowAt(min).TimeMs, partition.RowAt(max - 1).TimeMs);
    }

    /// <summary>The message at a position of this group; null when it is not there (any more), or in a partition of
    /// another namespace.</summary>
    public PartitionMessage? FindPosition(long position, NamespaceId ns)
    {
        foreach (QueueState partition in machine.Partitions)
        {
            if (partition.Definition.Namespace != ns)
                continue;
            long offset = partition.OffsetOfPosition(position);
            if (offset >= 0)
                return MessageAt(partition, offset);
        }

        return null;
    }

    public PartitionMessage MessageAt(QueueState partition, long offset)
    {
        PartitionRow row = partition.RowAt(offset);
        return new PartitionMessage(
            partition.Id, offset, row.Position, row.TimeMs, row.Tag, QueueUnits.Read(machine, units, row.Unit));
    }
}
