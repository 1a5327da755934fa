using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>The last of the live entries that move out of a mostly dead segment does not arrive.</summary>
internal sealed class ForgetMovedEntry : Plant
{
    public override ILogStore Wrap(SimulatedNode node, ILogStore store) => new Store(store);

    private sealed class Store(ILogStore inner) : StoreWrapper(inner)
    {
        public override void Rewrite(
            GroupId group, SparseRun run, long upTo, IReadOnlyList<Entry> entries, long weight) =>
            base.Rewrite(group, run, upTo, [.. entries.SkipLast(1)], weight);
    }
}
