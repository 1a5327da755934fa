namespace Cmq.MultiProtocol.Adapters.RocketMq;

/// <summary>Limits and ways of the RocketMQ door (configuration section <c>RocketMq</c>).</summary>
public sealed record RocketMqOptions
{
    /// <summary>Largest frame accepted, in bytes, without the length in front; clients have the same
    /// limit.</summary>
    public int MaxFrameBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Largest header accepted, in bytes: a full property string with every byte escaped
    /// fits.</summary>
    public int MaxHeaderBytes { get; init; } = 256 * 1024;

    /// <summary>Largest record, in bytes; clients refuse larger bodies, too.</summary>
    public int MaxMessageBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Messages in one batch send, a count.</summary>
    public int MaxBatchMessages { get; init; } = 4_096;

    /// <summary>A connection that sends nothing for so long is closed.</summary>
    public int IdleTimeoutMs { get; init; } = 120_000;

    /// <summary>Requests of one connection that wait for their answer, a count; then reading stops. A
    /// consumer has a waiting pull per queue.</summary>
    public int MaxRequestsInFlight { get; init; } = 10_000;

    /// <summary>Unsent output in bytes above which a connection is not read.</summary>
    public int MaxUnsentBytes { get; init; } = 4 * 1024 * 1024;

    /// <summary>Frames handled before answers get their turn, a count.</summary>
    public int FramesPerTurn { get; init; } = 256;

    /// <summary>User of clients without an access key; null: they are refused.</summary>
    public string? AnonymousUser { get; init; } = "guest";

    /// <summary>Also from other machines than this one.</summary>
    public bool AnonymousFromAnywhere { get; init; }

    /// <summary>Name of the cluster in routes.</summary>
    public string ClusterName { get; init; } = "DefaultCluster";

    /// <summary>In front of a data group's letter: <c>broker-a</c> is group 1.</summary>
    public string BrokerNamePrefix { get; init; } = "broker-";

    /// <summary>Topics are made by the first send, as by a 4.1.0 broker with its default settings.</summary>
    public bool AutoCreateTopics { get; init; } = true;

    /// <summary>Queues per broker name that the template for such topics offers, a count.</summary>
    public int DefaultQueueNums { get; init; } = 8;

    /// <summary>Most queues per broker name that an administrator may ask for, a count.</summary>
    public int MaxQueueNums { get; init; } = 1_024;

    /// <summary>Messages of topics made by this door go after so long.</summary>
    public long RetentionMs { get; init; } = 72L * 3_600_000;

    /// <summary>A consumer group member that sends no heartbeat for so long is dropped.</summary>
    public int MemberTimeoutMs { get; init; } = 120_000;

    /// <summary>How long a queue stays locked for an orderly consumer after its last word.</summary>
    public int LockLeaseMs { get; init; } = 60_000;

    /// <summary>Most bytes of properties and bodies in one pull, unless the first message alone has
    /// more.</summary>
    public int MaxPullBytes { get; init; } = 256 * 1024;

    /// <summary>Longest wait of a pull; clients give up after 30 s.</summary>
    public int MaxPullWaitMs { get; init; } = 20_000;

    /// <summary>Deliveries of a message before it becomes a dead letter, where the consumer does not
    /// say.</summary>
    public int RetryMaxTimes { get; init; } = 16;

    /// <summary>Without a stored offset a group starts at the beginning of a queue that still has its first
    /// message and no more than so many, a count; a larger one leaves the choice to the consumer.</summary>
    public long YoungQueueMessages { get; init; } = 100_000;

    /// <summary>After so long, and then again and again, a producer is asked what became of a
    /// transaction.</summary>
    public int TransactionCheckMs { get; init; } = 60_000;

    /// <summary>How often a node looks whether there is something to ask.</summary>
    public int TransactionPollMs { get; init; } = 10_000;

    /// <summary>Transactions asked about in one look per data group, a count.</summary>
    public int MaxChecksPerPoll { get; init; } = 256;

    /// <summary>How often it is asked, a count; then the message goes to a topic for
    /// administrators.</summary>
    public int MaxTransactionChecks { get; init; } = 15;

    /// <summary>How long an administrator's request may take at the client that it is passed on to.</summary>
    public int RelayTimeoutMs { get; init; } = 10_000;
}
