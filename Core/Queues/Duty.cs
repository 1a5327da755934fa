using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A dead letter that waits until the leader has routed it.</summary>
/// <param name="Number">Counted up in the group, from 1.</param>
/// <param name="Namespace">Where its queue is or was.</param>
/// <param name="Queue">Name of the queue it died in.</param>
/// <param name="Unit">The unit, or the overlay of an earlier move; the duty keeps it alive.</param>
/// <param name="Reason">Why.</param>
/// <param name="TimeMs">Log time of the death, Unix ms.</param>
/// <param name="Target">Where it goes.</param>
internal sealed record Duty(
    long Number,
    NamespaceId Namespace,
    string Queue,
    UnitRef Unit,
    DeathReason Reason,
    long TimeMs,
    DeadLetterTarget Target)
{
    /// <summary>Memory it takes, roughly; its body is not in memory.</summary>
    public long Bytes => 128 + (2L * (Queue.Length + Target.Topic.Length + (Target.RoutingKey?.Length ?? 0)));

    public void Write(IBufferWriter<byte> output)
    {
        output.PutInt64(Number);
        output.PutInt64(Namespace.Value);
        output.PutString(Queue);
        output.PutUnit(Unit);
        output.PutByte((byte)Reason);
        output.PutInt64(TimeMs);
        output.PutString(Target.Topic);
        output.PutFlag(Target.RoutingKey is not null);
        if (Target.RoutingKey is not null)
            output.PutString(Target.RoutingKey);
    }

    public static Duty Read(ref QueueCommandReader input) => new(
        input.ReadInt64(),
        new NamespaceId(input.ReadInt64()),
        input.ReadString(),
        input.ReadUnit(),
        (DeathReason)input.ReadByte(),
        input.ReadInt64(),
        new DeadLetterTarget(input.ReadString(), input.ReadFlag() ? input.ReadString() : null));
}
