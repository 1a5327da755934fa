using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// The commands of the directory, group 0. Each says which answers it has beside Ok; before the bootstrap
/// record all others answer <see cref="Reply.Unavailable"/>. Encoded by <see cref="DirectoryCommandCodec"/>.
/// </summary>
public abstract record DirectoryCommand
{
    private DirectoryCommand()
    {
    }

    /// <summary>The cluster begins; a second one is ignored and answers Ok.</summary>
    /// <param name="DataGroups">N: groups 1..N hold durable queues; 1 to <see cref="SlotMap.Slots"/>.</param>
    public sealed record Bootstrap(
        Guid ClusterId,
        int DataGroups,
        IReadOnlyList<Replica> Members,
        IReadOnlyList<string> Namespaces,
        IReadOnlyList<SeedUser> Users,
        IReadOnlyList<SeedAccessKey> AccessKeys,
        DirectoryLimits Limits) : DirectoryCommand;

    /// <summary>Every member knows this machine version; a lower one than the present is ignored.</summary>
    public sealed record RaiseVersion(int Version) : DirectoryCommand;

    /// <summary>A node's life begins; ends its earlier one. Gone: a later one is known, or this one was ended, or the
    /// node is no member, or one with another store. LimitReached; BadName (of an address). Repeated for the present
    /// life it only replaces the addresses.</summary>
    public sealed record RegisterNode(NodeIncarnation Node, Guid StoreId, string ClusterAddress) : DirectoryCommand
    {
        /// <summary>What it advertises, in ordinal order of services, at most <see cref="NodeInfo.MaxServices"/>.</summary>
        public IReadOnlyList<ServiceAddress> Services { get; init; } = [];
    }

    /// <summary>A node's life is over. Always Ok.</summary>
    public sealed record NodeGone(NodeIncarnation Node) : DirectoryCommand;

    /// <summary>A node joins the cluster, or goes on with another disk. Ok, also repeated; InUse while a life of the
    /// disk before is not over; LimitReached.</summary>
    public sealed record PutMember(Replica Replica) : DirectoryCommand;

    /// <summary>A node leaves the cluster, and its life is over. Ok, also when it is none; NotAllowed for the last one.
    /// </summary>
    public sealed record RemoveMember(NodeId Node) : DirectoryCommand;

    /// <summary>Ok with the new id; AlreadyExists with the present one; NamespaceNotFound, BadName,
    /// NotAllowed (kind Default), LimitReached.</summary>
    public sealed record DeclareTopic(NamespaceId Namespace, TopicDeclaration Topic) : DirectoryCommand;

    /// <summary>Replaces the declarer's arguments. Ok; TopicNotFound; NotAllowed for a system topic;
    /// LimitReached.</summary>
    public sealed record ChangeTopic(TopicId Topic, ReadOnlyMemory<byte> Arguments) : DirectoryCommand;

    /// <summary>Ok, also when there is none; InUse; NotAllowed for a system topic.</summary>
    public sealed record DeleteTopic(TopicId Topic, bool IfUnused) : DirectoryCommand;

    /// <summary>Gives a topic at least so many partitions in a data group. Ok with the id of the last of them;
    /// TopicNotFound; NotAllowed for the default topic, for one that is not durable or goes by itself, and for what is no
    /// data group or has too high a number for positions; LimitReached.</summary>
    /// <param name="Settings">Of new ones; all but the age limit and the largest body is ignored.</param>
    public sealed record GrowPartitions(TopicId Topic, GroupId Group, int Count, QueueSettings Settings)
        : DirectoryCommand;

    /// <summary>Ok with the new id, AlreadyExists with the present one, NamespaceNotFound, BadName,
    /// LimitReached; Gone when the declarer's node is (not asked for a durable queue).</summary>
    public sealed record DeclareQueue(
        NamespaceId Namespace, QueueDeclaration Queue, ConnectionKey Declarer) : DirectoryCommand;

    /// <summary>QueueNotFound, BadName (of the dead-letter target), LimitReached.</summary>
    public sealed record ChangeQueue(QueueId Queue, QueueSettings Settings) : DirectoryCommand;

    /// <summary>A connection ended: its exclusive queues go. Ok with their number.</summary>
    public sealed record RemoveConnectionQueues(ConnectionKey Connection) : DirectoryCommand;

    /// <summary>Ok, also when it is there already; TopicNotFound, QueueNotFound; NotAllowed for the default
    /// topic and across namespaces; BadName (key too long), LimitReached.</summary>
    public sealed record Bind(BindingInfo Binding) : DirectoryCommand;

    /// <summary>Always Ok. <see cref="BindingInfo.Match"/> is not looked at.</summary>
    public sealed record Unbind(BindingInfo Binding) : DirectoryCommand;

    /// <summary>Ok with the new id, AlreadyExists with the present one, BadName, LimitReached.</summary>
    public sealed record PutNamespace(string Name) : DirectoryCommand;

    /// <summary>With all that is in it. Ok, also when there is none.</summary>
    public sealed record DeleteNamespace(NamespaceId Namespace) : DirectoryCommand;

    /// <summary>Adds a user, or changes password and tags of one; the tags have 255 letters together.
    /// BadName, LimitReached.</summary>
    public sealed record PutUser(string Name, ScramVerifier Verifier, IReadOnlyList<string> Tags) : DirectoryCommand;

    /// <summary>With permissions and access keys. Always Ok.</summary>
    public sealed record DeleteUser(string Name) : DirectoryCommand;

    /// <summary>NamespaceNotFound; Gone without such a user; BadName when a pattern cannot be compiled
    /// without backtracking.</summary>
    public sealed record SetPermissions(
        string User, NamespaceId Namespace, string Configure, string Write, string Read) : DirectoryCommand;

    /// <summary>Always Ok.</summary>
    public sealed record ClearPermissions(string User, NamespaceId Namespace) : DirectoryCommand;

    /// <summary>Adds an access key, or replaces the one with its id. NamespaceNotFound; Gone without such a
    /// user; BadName, LimitReached.</summary>
    public sealed record PutAccessKey(AccessKeyRecord Key) : DirectoryCommand;

    /// <summary>Always Ok.</summary>
    public sealed record DeleteAccessKey(string SecretId) : DirectoryCommand;

    /// <summary>News from a group.</summary>
    public sealed record QueueReady(QueueId Queue) : DirectoryCommand;

    /// <summary>News from a group.</summary>
    public sealed record QueueGone(QueueId Queue) : DirectoryCommand;
}
