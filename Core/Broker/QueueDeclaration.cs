namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Wish for a queue; see <see cref="QueueInfo"/> for the fields.</summary>
/// <param name="Exclusive">Owned by the declaring connection; implies that it is not durable.</param>
/// <param name="IgnoreCase">Refuse a name that differs from an existing one by case only
/// (<see cref="Reply.AlreadyExists"/> with the existing queue).</param>
public sealed record QueueDeclaration(
    string Name,
    bool Durable,
    bool AutoDelete,
    bool Exclusive,
    QueueSettings Settings,
    ReadOnlyMemory<byte> Arguments,
    bool IgnoreCase = false);
