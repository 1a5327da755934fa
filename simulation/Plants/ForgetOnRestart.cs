using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A node that comes back has forgotten whom it voted for, or its last entry.</summary>
internal sealed class ForgetOnRestart(bool vote, bool lastEntry) : Plant
{
    public override ILogStore Wrap(SimulatedNode node, ILogStore store) => new Store(store, vote, lastEntry);

    private sealed class Store(ILogStore inner, bool vote, bool lastEntry) : StoreWrapper(inner)
    {
        public override IReadOnlyDictionary<GroupId, RecoveredGroup> Recovered { get; } = inner.Recovered.ToDictionary(
            group => group.Key,
            group => group.Value with
            {
                HardState = vote ? group.Value.HardState with { Vote = new NodeId(0) } : group.Value.HardState,
                LastIndex = lastEntry && group.Value.LastIndex > Math.Max(
                    group.Value.FirstIndex, (group.Value.Snapshot?.Index ?? 0) + 1)
                    ? group.Value.LastIndex - 1
                    : group.Value.LastIndex,
            });
    }
}
