using System.Buffers.Binary;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>One subscription of a session.</summary>
/// <param name="Text">The filter as the client gave it; names the subscription.</param>
/// <param name="Shared">Set for a shared one.</param>
/// <param name="Identifier">Subscription identifier, or null.</param>
internal sealed record MqttSubscription(
    string Text, MqttSharedFilter? Shared, MqttQoS QoS, bool NoLocal, bool RetainAsPublished, int? Identifier)
{
    // In a session's record: form, options as in SUBSCRIBE, identifier (0 = none).
    private const byte Form = 1;
    private const int RecordBytes = 6;

    /// <summary>What topics are matched with.</summary>
    public string Filter => Shared?.Filter ?? Text;

    /// <summary>The core's form of it.</summary>
    public string Pattern { get; } = MqttTopics.ToPattern(Shared?.Filter ?? Text);

    /// <summary>May match figures that this node alone knows.</summary>
    public bool IsSys => Shared is null && Text.StartsWith("$SYS/", StringComparison.Ordinal);

    public static MqttSubscription From(in MqttFilter filter, MqttSharedFilter? shared, int? identifier) =>
        new(filter.Text, shared, filter.QoS, filter.NoLocal, filter.RetainAsPublished, identifier);

    /// <summary>The record that a session keeps of it.</summary>
    public byte[] ToRecord()
    {
        byte[] record = new byte[RecordBytes];
        record[0] = Form;
        record[1] = new MqttFilter(Text, QoS, NoLocal, RetainAsPublished).Options;
        BinaryPrimitives.WriteInt32BigEndian(record.AsSpan(2), Identifier ?? 0);
        return record;
    }

    /// <summary>Out of a session's record.</summary>
    public static MqttSubscription FromRecord(string text, ReadOnlySpan<byte> record)
    {
        Invariant.Check(record.Length == RecordBytes && record[0] == Form, "a subscription's record is of form 1");
        MqttFilter filter = MqttFilter.From(text, record[1], MqttVersion.V5);
        Invariant.Check(MqttSharedFilter.TryParse(text, out MqttSharedFilter? shared), "a subscription's filter is good");
        int identifier = BinaryPrimitives.ReadInt32BigEndian(record[2..]);
        return From(filter, shared, identifier == 0 ? null : identifier);
    }
}
