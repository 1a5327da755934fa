using Cmq.MultiProtocol.Core.ConsumerGroups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Requests to the leader of a data group about its consumer groups.</summary>
internal abstract record ConsumerGroupAsk
{
    private ConsumerGroupAsk()
    {
    }

    /// <summary>The member lives. Ok with the group's generation; Gone when it is none (any more), or another
    /// connection's.</summary>
    /// <param name="Connection">Number of the connection that it joined by, in the asking life.</param>
    public sealed record Heartbeat(ConsumerGroupKey Group, string Member, long Connection) : ConsumerGroupAsk;

    /// <summary>Ok with the members.</summary>
    public sealed record ListMembers(ConsumerGroupKey Group) : ConsumerGroupAsk;

    /// <summary>Ok with the names of the groups here.</summary>
    public sealed record ListGroups(NamespaceId Namespace) : ConsumerGroupAsk;

    /// <summary>Ok with one offset or none.</summary>
    public sealed record FetchOffset(ConsumerGroupKey Group, QueueId Partition) : ConsumerGroupAsk;

    /// <summary>Ok with all offsets.</summary>
    public sealed record ListOffsets(ConsumerGroupKey Group) : ConsumerGroupAsk;
}
