namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A topic as the directory has it.</summary>
/// <param name="Name">Unique in the namespace among topics, at most 255 bytes of UTF-8; "" is the default topic.</param>
/// <param name="Durable">False: goes when no node is left that knows it (a full stop of the cluster).</param>
/// <param name="AutoDelete">Goes when its last binding as source is removed.</param>
/// <param name="Internal">Clients cannot publish to it; bindings and dead letters can.</param>
/// <param name="System">Made with the namespace; cannot be deleted.</param>
/// <param name="Arguments">The declarer's own arguments, in its protocol's encoding, for comparing and listing.</param>
public sealed record TopicInfo(
    TopicId Id,
    NamespaceId Namespace,
    string Name,
    TopicKind Kind,
    bool Durable,
    bool AutoDelete,
    bool Internal,
    bool System,
    ReadOnlyMemory<byte> Arguments);
