namespace Cmq.MultiProtocol.Adapters.Amqp;

/// <summary>Limits of the AMQP door (configuration section <c>Amqp</c>). Message size and publishes in flight
/// are the broker's (<see cref="Core.Broker.LimitOptions"/>).</summary>
public sealed record AmqpOptions
{
    /// <summary>Largest frame offered, in bytes, overhead included.</summary>
    public int FrameMax { get; init; } = 131_072;

    /// <summary>Open channels per connection, a count.</summary>
    public ushort ChannelMax { get; init; } = 2_047;

    /// <summary>Heartbeat interval offered, in seconds; the client's choice counts.</summary>
    public ushort HeartbeatSeconds { get; init; } = 60;

    /// <summary>From connecting to open-ok.</summary>
    public int HandshakeTimeoutMs { get; init; } = 10_000;

    /// <summary>How long a refused client, or one whose close-ok we wait for, keeps its socket.</summary>
    public int CloseTimeoutMs { get; init; } = 3_000;

    /// <summary>After close-ok was sent: how long the client may take to close its socket.</summary>
    public int LingerMs { get; init; } = 1_000;

    /// <summary>Unsent output in bytes above which a connection is not read and gets no deliveries. One
    /// message may go beyond.</summary>
    public int MaxUnsentBytes { get; init; } = 1024 * 1024;

    /// <summary>Input kept unparsed while reading is held back, in bytes; only to see heartbeats and the
    /// end.</summary>
    public int MaxHeldInputBytes { get; init; } = 256 * 1024;

    /// <summary>Messages on their way from the core to a consumer's socket, a count; a smaller prefetch
    /// counts.</summary>
    public int DeliveryWindow { get; init; } = 1_000;

    /// <summary>Publishes of one channel that wait for their confirm, a count; then reading stops.</summary>
    public int MaxUnconfirmed { get; init; } = 65_536;

    /// <summary>Bodies that have arrived in part, over all channels of a connection, in bytes.</summary>
    public long MaxPartialBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>Frames handled before confirms and deliveries get their turn, a count.</summary>
    public int FramesPerTurn { get; init; } = 512;
}
