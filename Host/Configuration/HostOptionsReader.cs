using Cmq.MultiProtocol.Adapters.Amqp;
using Cmq.MultiProtocol.Adapters.Http;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Turns checked values into options, and checks what concerns several of them.</summary>
internal static class HostOptionsReader
{
    /// <summary>Classic CMQ clients refuse to work with other ids (CMQ error 4000/10450).</summary>
    private const string SecretIdPrefix = "AKID";

    /// <exception cref="ConfigurationException">Values that do not go together.</exception>
    public static HostOptions Read(SettingValues values)
    {
        var amqp = new DoorOptions(values.Listen("Amqp:Listen"), values.Listen("Amqp:TlsListen"));
        var http = new DoorOptions(values.Listen("Http:Listen"), values.Listen("Http:TlsListen"));
        var mqtt = new DoorOptions(values.Listen("Mqtt:Listen"), values.Listen("Mqtt:TlsListen"));
        ListenAddress? cluster = values.Listen("Cluster:Listen");
        return new HostOptions
        {
            Node = ReadNode(values, cluster),
            ClusterListen = cluster,
            AdminListen = values.Listen("Admin:Listen"),
            AmqpDoor = amqp,
            Amqp = ReadAmqp(values),
            HttpDoor = http,
            Http = ReadHttp(values),
            MqttDoor = mqtt,
            MqttWebSocketListen = values.Listen("Mqtt:WebSocketListen"),
            Mqtt = MqttSettings.Read(values),
            RocketMqNameServerListen = values.Listen("RocketMq:NameServerListen"),
            RocketMqBrokerListen = values.Listen("RocketMq:BrokerListen"),
            RocketMqAdvertise = values.Text("RocketMq:Advertise"),
            RocketMq = RocketMqSettings.Read(values),
            Tls = ReadTls(values, needed: new[] { amqp, http, mqtt }.Any(door => door.TlsListen is not null)),
            StopTimeout = TimeSpan.FromMilliseconds(values.Number("Node:StopTimeoutMs")),
            LogLevel = values.LogLevel("Log:Level"),
        };
    }

    private static NodeOptions ReadNode(SettingValues values, ListenAddress? cluster)
    {
        var id = new NodeId(values.Number("Node:Id"));
        return new NodeOptions
        {
            Id = id,
            DataDirectory = Path.GetFullPath(values.Text("Node:DataDirectory")
                ?? throw new ConfigurationException("Node:DataDirectory is empty")),
            Peers = ReadPeers(values, id, cluster),
            Secret = ReadSecret(values, cluster),
            ReplicationFactor = values.Number("Cluster:ReplicationFactor"),
            DataGroups = values.Text("Cluster:DataGroups") is null
                ? 0
                : values.Number("Cluster:DataGroups"),
            PublishTimeoutMs = values.Number("Publish:TimeoutMs"),
            EntryCacheBytes = values.Bytes("Node:EntryCacheBytes"),
            RowCacheBytes = values.Bytes("Node:RowCacheBytes"),
            SnapshotLogBytes = values.Bytes("Node:SnapshotLogBytes"),
            KeptLogBytes = values.Bytes("Node:KeptLogBytes"),
            RewriteBytesPerSecond = values.Bytes("Node:RewriteBytesPerSecond"),
            CheckBytesPerSecond = values.Bytes("Node:CheckBytesPerSecond"),
            LowSpaceBytes = values.Text("Node:LowSpaceBytes") is null ? null : values.Bytes("Node:LowSpaceBytes"),
            MinSpaceBytes = values.Text("Node:MinSpaceBytes") is null ? null : values.Bytes("Node:MinSpaceBytes"),
            SegmentBits = values.Number("Node:SegmentBits"),
            ClusterAddress = cluster is { Port: > 0, IsAny: false } ? $"{cluster}" : "",
            Limits = new LimitOptions
            {
                MaxMessageBytes = checked((int)values.Bytes("Limits:MaxMessageBytes")),
                ConnectionPendingBytes = checked((int)values.Bytes("Limits:ConnectionPendingBytes")),
                LocalBytes = values.Bytes("Limits:LocalBytes"),
                MaxConnections = values.Number("Limits:MaxConnections"),
                MaxEntities = values.Number("Limits:MaxEntities"),
                MaxHeldPerConsumer = values.Number("Limits:MaxHeldPerConsumer"),
            },
            Users = ReadUsers(values),
            AccessKeys = ReadAccessKeys(values),
        };
    }

    private static IReadOnlyList<PeerAddress> ReadPeers(SettingValues values, NodeId self, ListenAddress? cluster)
    {
        IReadOnlyList<PeerAddress> peers = values.Peers("Cluster:Peers");
        if (peers.GroupBy(peer => peer.Id).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new ConfigurationException($"Cluster:Peers names node {twice.Key} twice");
        if (peers.Any(peer => peer.Id != self) && cluster is null)
            throw new ConfigurationException("Cluster:Peers is set but Cluster:Listen is off");
        return peers;
    }

    private static string? ReadSecret(SettingValues values, ListenAddress? cluster)
    {
        string? secret = values.Text("Cluster:Secret");
        if (secret is { Length: < PeerTransportOptions.MinSecretCharacters })
        {
            throw new ConfigurationException(
                $"Cluster:Secret has fewer than {PeerTransportOptions.MinSecretCharacters} characters");
        }

        if (secret is null && cluster is { IsLoopback: false })
            throw new ConfigurationException(
                $"Cluster:Listen {cluster} is not loopback: nodes need a Cluster:Secret to talk over a network");
        return secret;
    }

    private static List<SeedUser> ReadUsers(SettingValues values)
    {
        var users = new List<SeedUser>();
        foreach (Func<string, string?> field in values.Sections("Users"))
        {
            string name = field("Name") ?? throw new ConfigurationException("an entry of Users has no Name");
            string password = field("Password")
                ?? throw new ConfigurationException($"user {name} in Users has no Password");
            if (users.Any(user => user.Name == name))
                throw new ConfigurationException($"Users names {name} twice");

            string[] tags = (field("Tags") ?? "").Split(
                ',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            users.Add(new SeedUser(name, password, tags));
        }

        return users.Count > 0 ? users : [new SeedUser("guest", "guest", ["administrator"])];
    }

    private static List<SeedAccessKey> ReadAccessKeys(SettingValues values)
    {
        var keys = new List<SeedAccessKey>();
        foreach (Func<string, string?> field in values.Sections("AccessKeys"))
        {
            string id = field("SecretId") ?? throw new ConfigurationException("an entry of AccessKeys has no SecretId");
            if (!id.StartsWith(SecretIdPrefix, StringComparison.Ordinal))
                throw new ConfigurationException($"access key {id} does not begin with {SecretIdPrefix}");
            string key = field("SecretKey") ?? throw new ConfigurationException($"access key {id} has no SecretKey");
            if (keys.Any(other => other.SecretId == id))
                throw new ConfigurationException($"AccessKeys names {id} twice");

            keys.Add(new SeedAccessKey(id, key, field("User")!, field("Namespace")!));
        }

        return keys;
    }

    private static AmqpOptions ReadAmqp(SettingValues values) => new()
    {
        FrameMax = checked((int)values.Bytes("Amqp:FrameMax")),
        ChannelMax = checked((ushort)values.Number("Amqp:ChannelMax")),
        HeartbeatSeconds = checked((ushort)values.Number("Amqp:HeartbeatSeconds")),
        HandshakeTimeoutMs = values.Number("Amqp:HandshakeTimeoutMs"),
        MaxUnsentBytes = checked((int)values.Bytes("Amqp:MaxUnsentBytes")),
        MaxPartialBytes = values.Bytes("Amqp:MaxPartialBytes"),
        MaxUnconfirmed = values.Number("Amqp:MaxUnconfirmed"),
        DeliveryWindow = values.Number("Amqp:DeliveryWindow"),
    };

    private static HttpOptions ReadHttp(SettingValues values) => new()
    {
        ClockSkewSeconds = values.Number("Http:ClockSkewSeconds"),
        HostAliases = values.List("Http:HostAliases"),
        AnonymousSecretId = values.Text("Http:AnonymousSecretId"),
        MaxMessageBytes = checked((int)values.Bytes("Http:MaxMessageBytes")),
        MaxConcurrentPolls = values.Number("Http:MaxConcurrentPolls"),
        MaxRequestBytesInFlight = values.Bytes("Http:MaxRequestBytesInFlight"),
        MaxRequestBytes = checked((int)values.Bytes("Http:MaxRequestBytes")),
        MaxSessions = values.Number("Http:MaxSessions"),
        MaxDelaySeconds = values.Number("Http:MaxDelaySeconds"),
        MaxDelayedMessages = values.Number("Http:MaxDelayedMessages"),
    };

    private static CertificateFiles? ReadTls(SettingValues values, bool needed)
    {
        string? certificate = values.Text("Tls:CertificateFile");
        string? key = values.Text("Tls:KeyFile");
        if (certificate is null && (needed || key is not null))
            throw new ConfigurationException(needed
                ? "a TLS listener is on but Tls:CertificateFile is not set"
                : "Tls:KeyFile is set but Tls:CertificateFile is not");
        return certificate is null
            ? null
            : new CertificateFiles(Path.GetFullPath(certificate), Path.GetFullPath(key ?? certificate));
    }
}
