using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>The first of the live entries is not there any more when a log has been cut.</summary>
internal sealed class ForgetLiveEntry : Plant
{
    public override ILogStore Wrap(SimulatedNode node, ILogStore store) => new Store(store);

    private sealed class Store(ILogStore inner) : StoreWrapper(inner)
    {
        private readonly HashSet<(GroupId, long)> _forgotten = [];

        public override void Reclaim(
            GroupId group, IReadOnlyList<long> liveIndexes, long wholeFrom = long.MaxValue)
        {
            if (liveIndexes.Count > 0)
                _forgotten.Add((group, liveIndexes[0]));
            base.Reclaim(group, liveIndexes, wholeFrom);
        }

        public override IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes) =>
            _forgotten.Contains((group, first))
                ? throw new LogStoreException($"entry {first} of group {group} is not stored")
                : base.Read(group, first, last, maxBytes);
    }
}
