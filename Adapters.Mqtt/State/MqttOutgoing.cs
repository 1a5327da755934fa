using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A message that waits to be written to the client.</summary>
/// <param name="QoS">To deliver with: the lesser of published and granted.</param>
/// <param name="Retain">The flag to send.</param>
/// <param name="Identifiers">Of the subscriptions that match.</param>
/// <param name="Consumer">Where it came from and where it is settled; null: nowhere.</param>
internal readonly record struct MqttOutgoing(
    StoredMessage Message,
    string Topic,
    MqttQoS QoS,
    bool Retain,
    IReadOnlyList<int> Identifiers,
    MqttConsumer? Consumer = null,
    long Sequence = 0,
    bool Dup = false)
{
    /// <summary>Rough memory that a copy of ours keeps, in bytes.</summary>
    public long Bytes => Message.Body.Length + Message.Properties.Length + (2L * Topic.Length) + 128;

    public QueueId Queue => Consumer?.Queue ?? default;
}
