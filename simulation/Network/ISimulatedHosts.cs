using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Simulation.Network;

/// <summary>The processes that the network ends at.</summary>
internal interface ISimulatedHosts
{
    bool IsPaused(NodeId node);

    /// <summary>Runs something as that life of a node: at once, later if the process is suspended, never if it has
    /// died.</summary>
    void Run(NodeId node, int life, Action what);
}
