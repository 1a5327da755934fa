namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>The configuration of a group (thesis, chapter 4). While it is joint, every decision needs a quorum of both
/// voter lists.</summary>
/// <param name="Voters">Nodes that vote, ascending, without repetition. Empty on a node that was not told yet.</param>
/// <param name="Learners">Nodes that follow without a vote, ascending. While the configuration is joint, one that is
/// among <paramref name="Voters"/> before still votes there.</param>
public sealed record GroupMembers(IReadOnlyList<NodeId> Voters, IReadOnlyList<NodeId> Learners)
{
    /// <summary>Members of a group, a count; also the most that a list may have.</summary>
    public const int MaxMembers = 64;

    /// <summary>Of a new replica: it learns who belongs to the group from the log, and votes for nobody's sake
    /// before.</summary>
    public static GroupMembers None { get; } = new([], []);

    /// <summary>Voters of the configuration that is being left, ascending; empty unless joint.</summary>
    public IReadOnlyList<NodeId> Outgoing { get; init; } = [];

    /// <summary>Its leader appends the next one by itself as soon as it may: a joint configuration is left, and one
    /// that has just been come to is said once more. Who has it twice in its log knows, after a restart, too, that the
    /// old list is over, and a majority does.</summary>
    public bool GoesOn { get; init; }

    /// <summary>Which disks the members are, by node; a member that is not among them is known by its node
    /// alone.</summary>
    public IReadOnlyList<Replica> Replicas { get; init; } = [];

    /// <summary>What the host went by when it proposed this; carried, and not looked at.</summary>
    public long Basis { get; init; }

    public bool IsJoint => Outgoing.Count > 0;

    /// <summary>Some member that starts again may still need voters of the list before.</summary>
    public bool IsChanging => IsJoint || GoesOn;

    /// <summary>Whether a node takes part, in whatever way.</summary>
    public bool Contains(NodeId node) => Voters.Contains(node) || Outgoing.Contains(node) || Learners.Contains(node);

    /// <summary>The disk that a member is; empty when it is not told.</summary>
    public Guid StoreOf(NodeId node)
    {
        // A loop, because this is asked for every message.
        for (int i = 0; i < Replicas.Count; i++)
        {
            if (Replicas[i].Node == node)
                return Replicas[i].Store;
        }

        return Guid.Empty;
    }

    /// <summary>Whether what is said of a node here can be meant for that disk.</summary>
    public bool MayMean(NodeId node, Guid store)
    {
        Guid known = StoreOf(node);
        return known == Guid.Empty || known == store;
    }
}
