using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Sees what the groups of a node apply. The product has none; a simulation compares its nodes by it.</summary>
internal interface IApplyWatch
{
    /// <summary>The entry was applied, and the state stands behind it. Group's runner.</summary>
    void Applied(GroupState state, in Entry entry);

    /// <summary>A leader's snapshot took the place of the state. Group's runner.</summary>
    void Installed(GroupState state);
}
