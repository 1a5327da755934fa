using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Simulation.Faults;
using Cmq.MultiProtocol.Simulation.Nodes;
using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Plants;

/// <summary>
/// A bug that is put in on purpose, to see that the simulator finds it. It sits between a node and its disk, or between
/// two nodes: the product has no place for it.
/// </summary>
internal class Plant
{
    /// <summary>No bug.</summary>
    public static readonly Plant None = new();

    /// <summary>What its world must have, or there is nothing to be wrong with.</summary>
    public Uses Needs { get; init; }

    /// <summary>A fault that its world must have.</summary>
    public Fault? NeedsFault { get; init; }

    /// <summary>Its world's disks must show old content wherever they lost something.</summary>
    public bool NeedsOldContent { get; init; }

    /// <summary>A node whose disk is new passes for the one that it was.</summary>
    public bool KeepsReplica { get; init; }

    /// <summary>A segment's index map and its trailer are written together, and neither is durable before the other. Every
    /// crash of its world finds something undone that may be that.</summary>
    public bool SealsInOneWrite { get; init; }

    /// <summary>A process of a node is about to open its store.</summary>
    public virtual void Starting(SimulatedNode node)
    {
    }

    /// <summary>What stands between a node and its store.</summary>
    public virtual ILogStore Wrap(SimulatedNode node, ILogStore store) => store;

    /// <summary>What stands between a node and the network, where messages come in.</summary>
    public virtual IPeerHandler Wrap(SimulatedNode node, IPeerHandler handler) => handler;

    /// <summary>What becomes of a member's state behind an entry: the same on every member.</summary>
    public virtual void Applied(GroupState state)
    {
    }

    /// <summary>What becomes of a message on its way.</summary>
    public virtual IEnumerable<PeerMessage> Carry(NodeId from, NodeId to, PeerMessage message) => [message];
}
