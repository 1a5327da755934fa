namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A queue as the directory has it.</summary>
/// <param name="Group">Where its messages are; a local group for queues that are bound to a node.</param>
/// <param name="Name">Unique in the namespace among queues, at most 255 bytes of UTF-8.</param>
/// <param name="Durable">False: lives on the declaring node, in memory, and goes with it.</param>
/// <param name="AutoDelete">Goes when its last consumer detaches.</param>
/// <param name="Owner">Set for an exclusive queue: only this connection may touch it, and it goes with it.</param>
/// <param name="Arguments">The declarer's own arguments, in its protocol's encoding, for comparing and listing.</param>
/// <param name="CreatedMs">Log time of creation, Unix ms.</param>
/// <param name="ChangedMs">Log time of the last change of settings, Unix ms.</param>
public sealed record QueueInfo(
    QueueId Id,
    NamespaceId Namespace,
    GroupId Group,
    string Name,
    bool Durable,
    bool AutoDelete,
    ConnectionKey? Owner,
    QueueSettings Settings,
    ReadOnlyMemory<byte> Arguments,
    long CreatedMs,
    long ChangedMs);
