using Cmq.MultiProtocol.Adapters.RocketMq;
using static Cmq.MultiProtocol.Host.Configuration.SettingKind;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The keys of the RocketMQ door.</summary>
internal static class RocketMqSettings
{
    private const int MaxFrame = 256 << 20;
    private const int HourMs = 3_600_000;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("RocketMq:NameServerListen", Listen, "127.0.0.1:9876", "RocketMQ name server"),
        new("RocketMq:BrokerListen", Listen, "127.0.0.1:10911", "RocketMQ broker of the first data group, and this port "
            + "less 2; 10 more for each further group; port 0 = free pairs"),
        new("RocketMq:Advertise", Text, "", "host that routes name; empty = the one that the client dialled"),
        new("RocketMq:AnonymousUser", Text, "guest", "user that clients without an access key act as; empty = they are "
            + "refused"),
        new("RocketMq:AnonymousFromAnywhere", Number, "0", "1 = also from other machines than this one") { Max = 1 },
        new("RocketMq:AutoCreateTopics", Number, "1", "0 = topics are made by administrators only") { Max = 1 },
        new("RocketMq:DefaultQueueNums", Number, "8", "most queues per broker name of a topic made by a send")
            { Min = 1, Max = 1024 },
        new("RocketMq:RetentionHours", Number, "72", "how long messages of topics made through this door are kept")
            { Min = 1, Max = 24 * 3650 },
        new("RocketMq:MaxMessageBytes", Bytes, "4MiB", "largest message over this door") { Min = 1024, Max = 16 << 20 },
        new("RocketMq:MaxFrameBytes", Bytes, "16MiB", "largest frame; clients accept 16 MiB")
            { Min = 64 << 10, Max = MaxFrame },
        new("RocketMq:IdleTimeoutMs", Number, "120000", "a connection that is silent for so long is closed")
            { Min = 1000, Max = HourMs },
        new("RocketMq:FrameTimeoutMs", Number, "60000", "a connection whose frame is not complete so long after its first "
            + "byte is closed") { Min = 1000, Max = HourMs },
        new("RocketMq:MemberTimeoutMs", Number, "120000", "a consumer without a heartbeat for so long is dropped")
            { Min = 1000, Max = HourMs },
        new("RocketMq:LockLeaseMs", Number, "60000", "an orderly consumer's lock on a queue ends so long after its last "
            + "renewal; Java clients renew every 20 s and count on 30") { Min = 1000, Max = HourMs },
        new("RocketMq:MaxRequestsInFlight", Number, "10000", "unanswered requests of a connection, waiting pulls included")
            { Min = 1 },
        new("RocketMq:MaxBytesInFlight", Bytes, "16MiB", "requests under way of a connection; above it is not read")
            { Min = 1 << 20, Max = 1 << 30 },
        new("RocketMq:MaxQueryBytes", Bytes, "4MiB", "largest answer to a query by key, unless one message is larger")
            { Min = 64 << 10, Max = 64 << 20 },
        new("RocketMq:TransactionCheckMs", Number, "60000", "after so long a producer is asked about its transaction")
            { Min = 1000, Max = 24 * HourMs },
        new("RocketMq:TransactionPollMs", Number, "10000", "how often a node looks for transactions to ask about")
            { Min = 100, Max = HourMs },
        new("RocketMq:MaxTransactionChecks", Number, "15", "how often it is asked before the message goes to "
            + "TRANS_CHECK_MAX_TIME_TOPIC") { Min = 1 },
    ];

    public static RocketMqOptions Read(SettingValues values) => new()
    {
        AnonymousUser = values.Text("RocketMq:AnonymousUser"),
        AnonymousFromAnywhere = values.Number("RocketMq:AnonymousFromAnywhere") == 1,
        AutoCreateTopics = values.Number("RocketMq:AutoCreateTopics") == 1,
        DefaultQueueNums = values.Number("RocketMq:DefaultQueueNums"),
        RetentionMs = values.Number("RocketMq:RetentionHours") * (long)HourMs,
        MaxMessageBytes = checked((int)values.Bytes("RocketMq:MaxMessageBytes")),
        MaxFrameBytes = checked((int)values.Bytes("RocketMq:MaxFrameBytes")),
        IdleTimeoutMs = values.Number("RocketMq:IdleTimeoutMs"),
        FrameTimeoutMs = values.Number("RocketMq:FrameTimeoutMs"),
        MemberTimeoutMs = values.Number("RocketMq:MemberTimeoutMs"),
        LockLeaseMs = values.Number("RocketMq:LockLeaseMs"),
        MaxRequestsInFlight = values.Number("RocketMq:MaxRequestsInFlight"),
        MaxBytesInFlight = checked((int)values.Bytes("RocketMq:MaxBytesInFlight")),
        MaxQueryBytes = checked((int)values.Bytes("RocketMq:MaxQueryBytes")),
        TransactionCheckMs = values.Number("RocketMq:TransactionCheckMs"),
        TransactionPollMs = values.Number("RocketMq:TransactionPollMs"),
        MaxTransactionChecks = values.Number("RocketMq:MaxTransactionChecks"),
    };
}
