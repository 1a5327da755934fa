using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>What the parts of a conversation share once CONNECT was accepted.</summary>
/// <param name="Session">The session in the core; answers Gone after a take-over.</param>
/// <param name="Topic">The topic that is MQTT's topic space (<c>amq.topic</c>).</param>
/// <param name="DefaultTopic">The nameless topic, which routes by queue name.</param>
/// <param name="IsPersistent">The session outlives its connection.</param>
/// <param name="Tasks">The conversation.</param>
internal sealed record MqttLink(
    MqttNode Node,
    IBrokerConnection Broker,
    ISubscriptions Soft,
    ILastValues LastValues,
    ISession Session,
    TopicInfo Topic,
    TopicInfo DefaultTopic,
    Identity User,
    NamespaceId Namespace,
    string ClientId,
    ReadOnlyMemory<byte> ClientIdBytes,
    bool IsPersistent,
    MqttWriter Writer,
    IMqttTurns Turns,
    MqttSettles Settles,
    IMqttTasks Tasks)
{
    /// <summary>How long the session outlives its connection, in seconds; DISCONNECT may change it.</summary>
    public required uint ExpirySeconds { get; set; }

    /// <summary>The session's own queue, once it has one.</summary>
    public QueueInfo? Queue { get; set; }

    public MqttSubscriptions Subscriptions { get; } = new();

    public MqttOptions Options => Node.Options;

    public CancellationToken Stopping => Tasks.Stopping;

    public MqttVersion Version => Writer.Version;

    /// <summary>As the core takes it: 0 = ends with the connection, null = for ever.</summary>
    public long? ExpiryMs => ToMs(ExpirySeconds);

    public static long? ToMs(uint seconds) => seconds == uint.MaxValue ? null : seconds * 1000L;

    /// <summary>Messages of QoS 1 and 2 are stored for it in the session's queue.</summary>
    public bool NeedsQueue(MqttSubscription subscription) =>
        IsPersistent && subscription.Shared is null && subscription.QoS != MqttQoS.AtMostOnce;

    /// <summary>Waits for the core and comes back in a turn.</summary>
    public MqttResume<T> Ask<T>(ValueTask<T> answer) => new(answer, Turns);

    /// <inheritdoc cref="Ask{T}"/>
    public MqttResume Ask(ValueTask done) => new(done, Turns);
}
