using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>Fencing tokens of locks on partitions, as the state has them: higher with each change of the holder.</summary>
internal sealed class TokenWatch(Verdict verdict)
{
    private readonly Dictionary<GroupId, long> _applied = [];
    private readonly Dictionary<(ConsumerGroupKey, long Partition), PartitionLock> _locks = [];

    /// <summary>A state behind an entry; of all members the first to come to it counts.</summary>
    public void Applied(GroupState state)
    {
        if (_applied.GetValueOrDefault(state.Group) >= state.AppliedIndex || PartOf(state) is not { } part)
            return;
        _applied[state.Group] = state.AppliedIndex;
        foreach ((ConsumerGroupKey key, ConsumerGroup one) in part.Groups)
        {
            foreach ((long partition, PartitionLock held) in one.Locks)
                Look(key, partition, held);
        }
    }

    /// <summary>The consumer groups of a group; null: it is none that has some.</summary>
    public static ConsumerGroupPart? PartOf(GroupState state) =>
        (state.Machine as QueueMachine)?.Parts.OfType<ConsumerGroupPart>().FirstOrDefault();

    private void Look(ConsumerGroupKey key, long partition, PartitionLock held)
    {
        PartitionLock before = _locks.GetValueOrDefault((key, partition));
        verdict.Check(
            held.Member == before.Member ? held.Token >= before.Token : held.Token > before.Token,
            $"tokens: {key.Name} on partition {partition} goes from {before} to {held}");
        _locks[(key, partition)] = held;
    }
}
