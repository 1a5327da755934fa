using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A write counts as durable when it is handed to the disk; of a leader's own only, if so asked: it then counts
/// itself too early.</summary>
internal sealed class AcknowledgeBeforeDisk(bool onlyLeaders) : Plant
{
    public override ILogStore Wrap(SimulatedNode node, ILogStore store) => new Store(node, store, onlyLeaders);

    private sealed class Store(SimulatedNode node, ILogStore inner, bool onlyLeaders) : StoreWrapper(inner)
    {
        public override void Append(StoreWrite write)
        {
            if (onlyLeaders && node.LeadsIn(write.Group) is null)
            {
                base.Append(write);
                return;
            }

            base.Append(write with { Completed = null });
            write.Completed?.Invoke();
        }
    }
}
