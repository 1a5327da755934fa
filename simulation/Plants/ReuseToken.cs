using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Simulation.Checks;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>Every holder of a lock gets the same token.</summary>
internal sealed class ReuseToken : Plant
{
    public override void Applied(GroupState state)
    {
        foreach ((_, ConsumerGroup group) in TokenWatch.PartOf(state)?.Groups ?? [])
        {
            foreach ((long partition, PartitionLock held) in group.Locks.ToList())
                group.Locks[partition] = held with { Token = 1 };
        }
    }
}
