using Cmq.MultiProtocol.Simulation.Nodes;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>A node that has found its disk damaged does not know it any more when it starts again.</summary>
internal sealed class IgnoreDamage : Plant
{
    public override void Starting(SimulatedNode node) => File.Delete(Path.Combine(node.Disk.Directory, "damaged"));
}
