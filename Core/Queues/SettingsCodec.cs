using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Queue settings in commands and snapshots.</summary>
internal static class SettingsCodec
{
    public static void Write(IBufferWriter<byte> output, QueueSettings settings)
    {
        PutOptional(output, settings.MessageTtlMs);
        PutOptional(output, settings.IdleExpiryMs);
        PutOptional(output, settings.MaxMessages);
        PutOptional(output, settings.MaxBytes);
        output.PutByte((byte)settings.Overflow);
        output.PutFlag(settings.DeadLetter is not null);
        if (settings.DeadLetter is { } target)
        {
            output.PutString(target.Topic);
            output.PutFlag(target.RoutingKey is not null);
            if (target.RoutingKey is not null)
                output.PutString(target.RoutingKey);
        }

        PutOptional(output, settings.MaxDeliveries);
        PutOptional(output, settings.DeadLetterAfterMs);
        PutOptional(output, settings.RetentionMs);
        output.PutInt64(settings.RewindMs);
        output.PutInt32(settings.VisibilityTimeoutMs);
        output.PutInt32(settings.PollingWaitMs);
        PutOptional(output, settings.MaxMessageBytes);
        output.PutInt32(settings.MaxDelayed);
        output.PutInt32(settings.MaxCheckedOut);
        output.PutFlag(settings.PersistentOnly);
    }

    public static QueueSettings Read(ref QueueCommandReader input) => new()
    {
        MessageTtlMs = ReadOptional(ref input),
        IdleExpiryMs = ReadOptional(ref input),
        MaxMessages = ReadOptional(ref input),
        MaxBytes = ReadOptional(ref input),
        Overflow = (Overflow)input.ReadByte(),
        DeadLetter = input.ReadFlag()
            ? new DeadLetterTarget(input.ReadString(), input.ReadFlag() ? input.ReadString() : null)
            : null,
        MaxDeliveries = ReadOptionalInt32(ref input),
        DeadLetterAfterMs = ReadOptional(ref input),
        RetentionMs = ReadOptional(ref input),
        RewindMs = input.ReadInt64(),
        VisibilityTimeoutMs = input.ReadInt32(),
        PollingWaitMs = input.ReadInt32(),
        MaxMessageBytes = ReadOptionalInt32(ref input),
        MaxDelayed = input.ReadInt32(),
        MaxCheckedOut = input.ReadInt32(),
        PersistentOnly = input.ReadFlag(),
    };

    private static void PutOptional(IBufferWriter<byte> output, long? value)
    {
        output.PutFlag(value is not null);
        if (value is { } number)
            output.PutInt64(number);
    }

    private static int? ReadOptionalInt32(ref QueueCommandReader input)
    {
        long? value = ReadOptional(ref input);
        Invariant.Check(value is null or (>= int.MinValue and <= int.MaxValue), "a setting of a queue is too large");
        return (int?)value;
    }

    private static long? ReadOptional(ref QueueCommandReader input) =>
        input.ReadFlag() ? input.ReadInt64() : null;
}
