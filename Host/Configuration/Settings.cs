using static Cmq.MultiProtocol.Host.Configuration.SettingKind;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Every key of the configuration, in the order of <c>--help</c>. What is not here stops the start.</summary>
internal static class Settings
{
    private const string Later = "(this version has no such door)";
    private const long Gibibyte = 1L << 30;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Node:Id", Number, "1", "number of this node in its cluster, stable over restarts") { Min = 1 },
        new("Node:DataDirectory", Text, "./data", "where everything is stored; one process at a time"),
        new("Node:StopTimeoutMs", Number, "5000", "how long a stop waits for clients, then for the node")
            { Min = 100, Max = 600_000 },

        new("Node:EntryCacheBytes", Bytes, "64MiB", "newest log entries kept in memory, per group")
            { Min = 1 << 20, Max = 64 * Gibibyte },
        new("Node:RowCacheBytes", Bytes, "8MiB", "index rows of long queues kept in memory, per group")
            { Min = 1 << 16, Max = 64 * Gibibyte },
        new("Node:SnapshotLogBytes", Bytes, "256MiB", "log of a group after which a snapshot is taken")
            { Min = 1 << 20, Max = 64 * Gibibyte },
        new("Node:KeptLogBytes", Bytes, "1GiB", "log of all groups that the newest entries of one may keep on disk")
            { Min = 4 << 20, Max = 1024 * Gibibyte },
        new("Node:RewriteBytesPerSecond", Bytes, "32MiB", "moved out of mostly dead segments, at most")
            { Min = 1 << 20, Max = 64 * Gibibyte },
        new("Node:CheckBytesPerSecond", Bytes, "16MiB", "read to find damage before it is met, at most; 0 = nothing is")
            { Max = 64 * Gibibyte },
        new("Node:LowSpaceBytes", Bytes, "", "free disk space below which space is reclaimed eagerly (6 GiB or a "
            + "quarter of the disk, whichever is less)") { Max = 1024 * Gibibyte },
        new("Node:MinSpaceBytes", Bytes, "", "free disk space below which publishing is held back, 0 = never (2 GiB or "
            + "a tenth of the disk, whichever is less)") { Max = 1024 * Gibibyte },
        // As the store takes it: four pages of 4 MiB at least.
        new("Node:SegmentBits", Number, "28", "size of a segment file is 2 to this power") { Min = 24, Max = 30 },

        new("Cluster:Listen", Listen, "127.0.0.1:7400", "listener for the other nodes"),
        new("Cluster:Peers:*", Peer, "", "id@host:port of each member; none = a cluster of one"),
        new("Cluster:Secret", Secret, "", "shared by all nodes, 16 characters or more; needed outside loopback"),
        new("Cluster:ReplicationFactor", Number, "3", "copies of every group; counts at the first start")
            { Min = 1, Max = 7 },
        new("Cluster:DataGroups", Number, "", "groups that queues are spread over, at most 255 "
            + "(cores, within 2..16); counts at the first start") { Min = 1, Max = 255 },

        new("Amqp:Listen", Listen, "127.0.0.1:5672", "AMQP 0-9-1"),
        new("Amqp:TlsListen", Listen, "", "AMQP 0-9-1 over TLS"),
        new("Amqp:FrameMax", Bytes, "128KiB", "largest frame offered") { Min = 4096, Max = 16 << 20 },
        new("Amqp:ChannelMax", Number, "2047", "open channels per connection") { Min = 1, Max = 65_535 },
        new("Amqp:HeartbeatSeconds", Number, "60", "heartbeat offered; the client's choice counts; 0 = none")
            { Max = 65_535 },
        new("Amqp:HandshakeTimeoutMs", Number, "10000", "from connecting to an open connection")
            { Min = 100, Max = 600_000 },
        new("Amqp:MaxUnsentBytes", Bytes, "1MiB", "unsent output above which a connection is not read")
            { Min = 64 << 10, Max = Gibibyte },
        new("Amqp:MaxPartialBytes", Bytes, "128MiB", "bodies of a connection that have arrived in part")
            { Min = 1 << 20, Max = 16 * Gibibyte },
        new("Amqp:MaxUnconfirmed", Number, "65536", "publishes of a channel that wait for their confirm") { Min = 1 },
        new("Amqp:DeliveryWindow", Number, "1000", "messages on their way to a consumer; a smaller prefetch counts")
            { Min = 1, Max = 65_536 },

        new("Http:Listen", Listen, "127.0.0.1:8080", "CMQ HTTP API"),
        new("Http:TlsListen", Listen, "", "CMQ HTTP API over TLS"),
        new("Http:ClockSkewSeconds", Number, "7200", "how far a request's Timestamp may be off; 0 = not checked"),
        new("Http:HostAliases:*", Text, "", "host texts that clients sign behind a proxy that rewrites Host"),
        new("Http:AnonymousSecretId", Text, "", "access key that unsigned requests with an appId act with"),
        new("Http:MaxMessageBytes", Bytes, "1MiB", "largest message, and largest sum of a batch, over this door")
            { Min = 1024, Max = 16 << 20 },
        new("Http:MaxConcurrentPolls", Number, "20000", "receives that wait for a message at a time") { Min = 1 },
        new("Http:MaxRequestBytesInFlight", Bytes, "128MiB", "form bytes of all requests held in memory")
            { Min = 4 << 20, Max = 64 * Gibibyte },
        new("Http:MaxRequestBytes", Bytes, "3200KiB", "largest form body, as it is on the wire")
            { Min = 4096, Max = 64 << 20 },
        new("Http:MaxSessions", Number, "1000", "pairs of user and namespace that are served at a time") { Min = 1 },
        new("Http:MaxDelaySeconds", Number, "3600", "largest delaySeconds") { Max = 6_048_000 },
        new("Http:MaxDelayedMessages", Number, "20000", "delayed messages of a queue made through this door")
            { Min = 1 },

        .. MqttSettings.All,

        .. RocketMqSettings.All,

        new("Admin:Listen", Listen, "127.0.0.1:15672", "health, and what is known and changed of the cluster"),

        new("Tls:CertificateFile", Text, "", "PEM: the certificate, then its chain; read again when it changes"),
        new("Tls:KeyFile", Text, "", "PEM: the private key, unless it is in the certificate's file"),

        new("Publish:TimeoutMs", Number, "30000", "how long a publish waits for its majority")
            { Min = 100, Max = 3_600_000 },
        new("Limits:MaxMessageBytes", Bytes, "64MiB", "largest message") { Min = 1024, Max = Gibibyte / 2 },
        new("Limits:ConnectionPendingBytes", Bytes, "4MiB", "unanswered publishes of one connection before its "
            + "reading stops") { Min = 64 << 10, Max = Gibibyte },
        new("Limits:LocalBytes", Bytes, "512MiB", "messages of exclusive and other non-durable queues of a node")
            { Min = 1 << 20, Max = 1024 * Gibibyte },
        new("Limits:MaxConnections", Number, "100000", "connections per listener") { Min = 1 },
        new("Limits:MaxEntities", Number, "1000000", "queues, and topics, per namespace") { Min = 1 },
        new("Limits:MaxHeldPerConsumer", Number, "65536", "unsettled messages of one consumer") { Min = 1 },

        new("Users:*:Name", Text, "", "user made at the first start; none = guest with password guest"),
        new("Users:*:Password", Secret, "", "its password"),
        new("Users:*:Tags", Text, "", "its tags, separated by commas, for example administrator"),
        new("AccessKeys:*:SecretId", Text, "", "access key made at the first start, AKID...; none = one is drawn "
            + "and printed"),
        new("AccessKeys:*:SecretKey", Secret, "", "its secret"),
        new("AccessKeys:*:User", Text, "guest", "the user that it acts for"),
        new("AccessKeys:*:Namespace", Text, "/", "the namespace that it is good for"),

        new("Log:Level", SettingKind.LogLevel, "Information", "Trace, Debug, Information, Warning, Error or Critical"),

        new("Mqtt:Advertise", NotYet, "", Later),
        new("Amqp:Advertise", NotYet, "", Later),
        new("Amqp:AnonymousUser", NotYet, "", Later),
        new("Http:Advertise", NotYet, "", Later),
        new("Http:AnonymousUser", NotYet, "", Later),
    ];

    public static Setting? Find(string key) => All.FirstOrDefault(setting => setting.Matches(key));

    /// <summary>The setting of that exact name; a missing one is a slip in this program.</summary>
    public static Setting Get(string name) => All.First(setting => setting.Key == name);
}
