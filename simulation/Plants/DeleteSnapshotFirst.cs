using System.Buffers;
using System.Globalization;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A group's snapshot is deleted before the next one is written: only who dies within that call has none.</summary>
internal sealed class DeleteSnapshotFirst : Plant
{
    public override ILogStore Wrap(SimulatedNode node, ILogStore store) => new Store(node.Disk.Directory, store);

    private sealed class Store(string directory, ILogStore inner) : StoreWrapper(inner)
    {
        public override void SaveSnapshot(
            GroupId group, SnapshotMark mark, ReadOnlySequence<byte> state, IBlockSet? blocks = null)
        {
            string names = string.Create(CultureInfo.InvariantCulture, $"{group.Value}-*.snap");
            foreach (string before in Directory.GetFiles(Path.Combine(directory, "snapshots"), names))
                File.Delete(before);
            base.SaveSnapshot(group, mark, state, blocks);
        }
    }
}
