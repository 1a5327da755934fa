namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Names a block of a group, the same on all members. Neither part is ever used twice, so what a name stands for never
/// changes.
/// </summary>
/// <param name="Queue">The queue or partition that it belongs to.</param>
/// <param name="First">Sequence of its first row.</param>
public readonly record struct BlockName(QueueId Queue, long First)
{
    /// <summary>By queue, then by sequence.</summary>
    public static int Compare(BlockName left, BlockName right) =>
        left.Queue.Value != right.Queue.Value
            ? left.Queue.Value.CompareTo(right.Queue.Value)
            : left.First.CompareTo(right.First);
}
