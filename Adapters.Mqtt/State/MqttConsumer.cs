using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>A queue that this connection consumes: the session's own, or that of a shared subscription.</summary>
/// <param name="number">In the connection; the session's own is <see cref="Own"/>.</param>
/// <param name="shared">Text of the shared subscription; null for the session's own queue.</param>
internal sealed class MqttConsumer(int number, QueueId queue, string? shared)
{
    /// <summary>Number of the consumer of the session's own queue.</summary>
    public const int Own = 1;

    public int Number => number;

    public QueueId Queue => queue;

    public string? Shared => shared;

    /// <summary>Messages that are done with, and whose credit the core has not got back yet.</summary>
    public int Owed { get; set; }
}
