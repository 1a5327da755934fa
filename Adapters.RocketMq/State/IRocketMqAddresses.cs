using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The data groups and where their leaders' ports are. Thread-safe.</summary>
public interface IRocketMqAddresses
{
    /// <summary>All data groups, ascending.</summary>
    IReadOnlyList<GroupId> Groups { get; }

    /// <summary>Where clients reach the leader of a group, <c>host:port</c>; null while nobody leads
    /// it.</summary>
    /// <param name="group">A data group.</param>
    /// <param name="dialled">The host that the asking client dialled; ours are given by it.</param>
    string? AddressOf(GroupId group, string dialled);

    /// <summary>This node's own port of a group.</summary>
    int PortOf(GroupId group);
}
