namespace Cmq.MultiProtocol.Adapters.Mqtt;

/// <summary>Limits and habits of the MQTT door (configuration section <c>Mqtt</c>). Message size and publishes in
/// flight are the broker's as well (<see cref="Core.Broker.LimitOptions"/>).</summary>
public sealed record MqttOptions
{
    /// <summary>User that clients without a user name are; null: they are refused.</summary>
    public string? AnonymousUser { get; init; } = "guest";

    /// <summary>Clients without a user name are let in from other machines, too.</summary>
    public bool AnonymousFromAnywhere { get; init; }

    /// <summary>Web pages, as <c>https://host:port</c>, that may be <see cref="AnonymousUser"/>; every other one that
    /// comes by WebSocket needs a user name, unless this machine serves it.</summary>
    public IReadOnlyList<string> WebSocketOrigins { get; init; } = [];

    /// <summary>Largest packet taken, in bytes, fixed header included.</summary>
    public int MaxPacketBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest CONNECT, in bytes: the sender is a stranger.</summary>
    public int MaxConnectBytes { get; init; } = 256 * 1024;

    /// <summary>Largest packet that is neither CONNECT nor PUBLISH, in bytes.</summary>
    public int MaxControlPacketBytes { get; init; } = 256 * 1024;

    /// <summary>Properties of a PUBLISH that travel with it, in bytes: they stay in memory where payloads do
    /// not.</summary>
    public int MaxPropertyBytes { get; init; } = 256 * 1024;

    /// <summary>From the socket's opening to a complete CONNECT.</summary>
    public int ConnectTimeoutMs { get; init; } = 10_000;

    /// <summary>How long a client may take to close its socket after we ended the connection.</summary>
    public int LingerMs { get; init; } = 1_000;

    /// <summary>Longest keep-alive in seconds; MQTT 5.0 clients are told. 0 = as they like.</summary>
    public int MaxKeepAliveSeconds { get; init; }

    /// <summary>Longest life of a session after its connection, in seconds; also of those before MQTT 5.0, which
    /// cannot be told. <see cref="uint.MaxValue"/> = for ever.</summary>
    public uint MaxSessionExpirySeconds { get; init; } = uint.MaxValue;

    /// <summary>QoS 1 and 2 messages that a client may have under way to us, a count.</summary>
    public ushort ReceiveMaximum { get; init; } = 1_000;

    /// <summary>QoS 1 and 2 messages under way to a client, a count; its own smaller limit counts.</summary>
    public ushort MaxInFlight { get; init; } = 100;

    /// <summary>Topic aliases that a client may set, and that we set for one, a count each.</summary>
    public ushort TopicAliasMaximum { get; init; } = 64;

    /// <summary>Filters of a session, a count.</summary>
    public int MaxSubscriptions { get; init; } = 10_000;

    /// <summary>Retained messages sent for one new filter, a count.</summary>
    public int MaxRetainedPerFilter { get; init; } = 10_000;

    /// <summary>QoS 0 messages that wait for a slow client, in bytes; what is more is dropped and counted.</summary>
    public int MaxQueuedQoS0Bytes { get; init; } = 256 * 1024;

    /// <summary>QoS 1 and 2 messages that wait in memory for a client whose session ends with its connection, in
    /// bytes; what is more is dropped and counted.</summary>
    public int MaxQueuedBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Messages that wait for a persistent session, a count; the oldest go. 0 = no limit.</summary>
    public int MaxSessionMessages { get; init; } = 100_000;

    /// <summary>How long messages of a shared subscription wait while nobody takes them, in seconds, where members
    /// have sessions that last at least as long.</summary>
    public int SharedExpirySeconds { get; init; } = 86_400;

    /// <summary>Unsent output in bytes above which a connection is not read and gets no deliveries. One message may
    /// go beyond.</summary>
    public int MaxUnsentBytes { get; init; } = 256 * 1024;

    /// <summary>Input kept unparsed while reading is held back, in bytes; only to see the end.</summary>
    public int MaxHeldInputBytes { get; init; } = 64 * 1024;

    /// <summary>Packets handled before acknowledgements and deliveries get their turn, a count.</summary>
    public int PacketsPerTurn { get; init; } = 256;

    /// <summary>Clients that come and go are announced.</summary>
    public bool Presence { get; init; } = true;

    /// <summary>How often the figures under <c>$SYS/broker</c> are sent, in seconds; 0 = never.</summary>
    public int SysIntervalSeconds { get; init; } = 10;
}
