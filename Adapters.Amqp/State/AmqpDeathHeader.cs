using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Renders the deaths of a message as RabbitMQ's <c>x-death</c> header (checklist section 6). What a
/// client had put there itself is kept, as 3.6 does it: counts add up, older entries follow.</summary>
internal static class AmqpDeathHeader
{
    public static ReadOnlySpan<byte> Key => "x-death"u8;

    /// <summary>Appends the header field.</summary>
    /// <param name="table">The headers being made.</param>
    /// <param name="deaths">Latest first.</param>
    /// <param name="original">The encoded array that the message came with; empty if none.</param>
    /// <param name="expiration">The message's own expiration property, for deaths that took it.</param>
    public static void Write(
        AmqpFieldWriter table, IReadOnlyList<Death> deaths, ReadOnlySpan<byte> original, string? expiration)
    {
        table.Octet((byte)Key.Length);
        table.Bytes(Key);
        table.Octet((byte)AmqpFieldType.Array);
        int array = table.BeginLength();
        foreach (Death death in deaths)
        {
            table.Octet((byte)AmqpFieldType.Table);
            int entry = table.BeginLength();
            if (TryFind(original, death, out AmqpTableReader earlier))
                Continue(table, death, earlier);
            else
                Entry(new AmqpTableWriter(table), death, expiration);
            table.EndLength(entry);
        }

        var rest = AmqpTableReader.OverArray(original);
        while (rest.Next())
        {
            if (rest.Type != AmqpFieldType.Table || !IsAmong(deaths, rest.Value))
                table.Bytes(rest.Field);
        }
        table.EndLength(array);
    }

    private static void Entry(AmqpTableWriter entry, Death death, string? expiration)
    {
        entry.Long("count", death.Count);
        entry.Text("reason", Word(death.Reason));
        entry.Text("queue", death.Queue);
        entry.Timestamp("time", death.TimeMs / 1000);
        entry.Text("exchange", death.Topic);
        var keys = new AmqpFieldWriter();
        foreach (string key in death.RoutingKeys)
        {
            keys.Octet((byte)AmqpFieldType.LongString);
            keys.LongString(Encoding.UTF8.GetBytes(LevelKey.ToDotted(key)));
        }
        entry.Any("routing-keys", AmqpFieldType.Array, keys.Written);
        if (death.TookTtl && expiration is not null)
            entry.Text("original-expiration", expiration);
    }

    /// <summary>The entry that the message came with, its count raised and all else as of the first
    /// time.</summary>
    private static void Continue(AmqpFieldWriter table, Death death, AmqpTableReader earlier)
    {
        var fields = AmqpTableReader.OverTable(earlier.Value);
        long count = death.Count;
        var others = new AmqpFieldWriter();
        while (fields.Next())
        {
            if (fields.Key.SequenceEqual("count"u8) && fields.Type.IsInteger)
                count = Math.Clamp(fields.Integer(), 0, long.MaxValue - count) + count;
            else
                others.Bytes(fields.Field);
        }
        new AmqpTableWriter(table).Long("count", count);
        table.Bytes(others.Written);
    }

    private static bool TryFind(ReadOnlySpan<byte> array, Death death, out AmqpTableReader found)
    {
        found = AmqpTableReader.OverArray(array);
        while (found.Next())
        {
            if (found.Type == AmqpFieldType.Table && IsOf(found.Value, death))
                return true;
        }
        return false;
    }

    private static bool IsAmong(IReadOnlyList<Death> deaths, ReadOnlySpan<byte> entry)
    {
        foreach (Death death in deaths)
        {
            if (IsOf(entry, death))
                return true;
        }
        return false;
    }

    private static bool IsOf(ReadOnlySpan<byte> entry, Death death)
    {
        bool queue = false;
        bool reason = false;
        var fields = AmqpTableReader.OverTable(entry);
        while (fields.Next())
        {
            if (fields.Type != AmqpFieldType.LongString)
                continue;
            if (fields.Key.SequenceEqual("queue"u8))
                queue = Encoding.UTF8.GetString(fields.Value) == death.Queue;
            else if (fields.Key.SequenceEqual("reason"u8))
                reason = Encoding.UTF8.GetString(fields.Value) == Word(death.Reason);
        }
        return queue && reason;
    }

    private static string Word(DeathReason reason) => reason switch
    {
        DeathReason.Rejected => "rejected",
        DeathReason.Expired => "expired",
        DeathReason.MaxLength => "maxlen",
        DeathReason.DeliveryLimit => "delivery_limit",
        _ => throw new System.Diagnostics.UnreachableException(),
    };
}
