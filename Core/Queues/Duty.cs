using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A message that waits until the leader has routed it: a dead letter, or a parked one that is shown.</summary>
/// <param name="Number">Counted up in the group, from 1.</param>
/// <param name="Namespace">Where its queue is or was; of its topic, if it was parked.</param>
/// <param name="Unit">The unit, or the overlay of an earlier move; the duty keeps it alive.</param>
/// <param name="Death">How it died; null = it was parked and is routed as it was published.</param>
internal sealed record Duty(long Number, NamespaceId Namespace, UnitRef Unit, MessageDeath? Death)
{
    /// <summary>Memory it takes, roughly; its body is not in memory.</summary>
    public long Bytes => 128 + (Death is null
        ? 0
        : 2L * (Death.Queue.Length + Death.Target.Topic.Length + (Death.Target.RoutingKey?.Length ?? 0)));

    public void Write(IBufferWriter<byte> output)
    {
        output.PutInt64(Number);
        output.PutInt64(Namespace.Value);
        output.PutUnit(Unit);
        output.PutFlag(Death is not null);
        if (Death is null)
            return;
        output.PutString(Death.Queue);
        output.PutByte((byte)Death.Reason);
        output.PutInt64(Death.TimeMs);
        output.PutString(Death.Target.Topic);
        output.PutFlag(Death.Target.RoutingKey is not null);
        if (Death.Target.RoutingKey is not null)
            output.PutString(Death.Target.RoutingKey);
    }

    public static Duty Read(ref QueueCommandReader input) => new(
        input.ReadInt64(),
        new NamespaceId(input.ReadInt64()),
        input.ReadUnit(),
        input.ReadFlag()
            ? new MessageDeath(
                input.ReadString(),
                (DeathReason)input.ReadByte(),
                input.ReadInt64(),
                new DeadLetterTarget(input.ReadString(), input.ReadFlag() ? input.ReadString() : null))
            : null);
}
