using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Partitions: messages get an offset and a position, and go by age only.</summary>
public sealed partial class QueueMachine
{
    private long _nextPosition;

    /// <summary>Set by the leader's part for partitions to learn which ones got messages or are gone; a partition may be
    /// in it several times.</summary>
    internal List<QueueId>? ChangedPartitions { get; set; }

    /// <summary>Numbers a message of this group for the whole cluster; never twice the same.</summary>
    internal long TakePosition() => Positions.Of(Group, _nextPosition++);

    private bool HasPositions => _nextPosition < Positions.MaxCount;

    /// <summary>A delay and a time to live mean nothing here: who reads by offset sees every message until it is too
    /// old.</summary>
    private Answer Append(QueueState partition, UnitRef unit, long nowMs, int tag)
    {
        long position = TakePosition();
        long offset = partition.AppendAt(unit, nowMs, position, tag);
        ChangedPartitions?.Add(partition.Id);
        Schedule(partition);
        return new Answer(Reply.Ok, offset, position);
    }
}
