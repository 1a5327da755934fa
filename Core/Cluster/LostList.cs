namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The clients of a node's life that is over, as far as their end was not told yet. Under the desk's lock.
/// </summary>
/// <param name="life">That life.</param>
/// <param name="clients">As they were known; taken over.</param>
/// <param name="isWhole">Nothing of the list was missing when this node heard from the other one last.</param>
internal sealed class LostList(NodeIncarnation life, Dictionary<SessionName, PresenceEntry> clients, bool isWhole)
{
    public NodeIncarnation Life => life;

    public Dictionary<SessionName, PresenceEntry> Clients => clients;

    public bool IsWhole => isWhole;

    /// <summary>Nodes that know nothing of that life, or less.</summary>
    public HashSet<NodeIncarnation> Passed { get; } = [];

    /// <summary>Monotonic ms of the last question to the others.</summary>
    public long AskedMs { get; set; } = long.MinValue;
}
