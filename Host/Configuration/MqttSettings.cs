using Cmq.MultiProtocol.Adapters.Mqtt;
using static Cmq.MultiProtocol.Host.Configuration.SettingKind;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>The keys of the MQTT door.</summary>
internal static class MqttSettings
{
    private const int MaxPacket = 256 << 20;

    /// <summary>With topic and client id they must fit the core's bound of a MiB.</summary>
    private const int MaxProperties = 1_000 << 10;

    public static IReadOnlyList<Setting> All { get; } =
    [
        new("Mqtt:Listen", Listen, "127.0.0.1:1883", "MQTT 3.1, 3.1.1 and 5.0"),
        new("Mqtt:TlsListen", Listen, "", "MQTT over TLS"),
        new("Mqtt:WebSocketListen", Listen, "127.0.0.1:8083", "MQTT over WebSocket, path /mqtt"),
        new("Mqtt:AnonymousUser", Text, "guest", "user that clients without a user name act as; empty = they are refused"),
        new("Mqtt:AnonymousFromAnywhere", Number, "0", "1 = also from other machines than this one") { Max = 1 },
        new("Mqtt:WebSocketOrigins", Text, "",
            "web pages that need no user name, as https://host:port, separated by spaces"),
        new("Mqtt:MaxPacketBytes", Bytes, "16MiB", "largest packet") { Min = 1024, Max = MaxPacket },
        new("Mqtt:MaxControlPacketBytes", Bytes, "256KiB", "largest packet that is neither CONNECT nor PUBLISH")
            { Min = 1024, Max = MaxPacket },
        new("Mqtt:MaxPropertyBytes", Bytes, "256KiB", "properties that a PUBLISH may carry") { Max = MaxProperties },
        new("Mqtt:ConnectTimeoutMs", Number, "10000", "from the socket's opening to a whole CONNECT")
            { Min = 100, Max = 600_000 },
        new("Mqtt:MaxKeepAliveSeconds", Number, "0", "longest keep-alive, told to 5.0 clients; 0 = as they like")
            { Max = 65_535 },
        new("Mqtt:MaxSessionExpirySeconds", Number, "0", "longest life of a session without its client; 0 = no limit"),
        new("Mqtt:ReceiveMaximum", Number, "1000", "QoS 1 and 2 messages that a client may have under way to us")
            { Min = 1, Max = 65_535 },
        new("Mqtt:MaxInFlight", Number, "100", "QoS 1 and 2 messages under way to a client") { Min = 1, Max = 16_000 },
        new("Mqtt:TopicAliasMaximum", Number, "64", "topic aliases of a connection, each way") { Max = 65_535 },
        new("Mqtt:MaxSubscriptions", Number, "10000", "filters of a session") { Min = 1 },
        new("Mqtt:MaxRetainedPerFilter", Number, "10000", "retained messages sent for a new filter") { Min = 1 },
        new("Mqtt:MaxQueuedQoS0Bytes", Bytes, "256KiB", "QoS 0 messages that wait for a slow client; more are dropped")
            { Min = 1024, Max = 1 << 30 },
        new("Mqtt:MaxQueuedBytes", Bytes, "4MiB",
            "QoS 1 and 2 messages that wait for a client without a session; more are dropped")
            { Min = 1024, Max = 1 << 30 },
        new("Mqtt:MaxSessionMessages", Number, "100000", "messages that wait for a session, the oldest go; 0 = no limit"),
        new("Mqtt:SharedExpirySeconds", Number, "86400", "how long a shared subscription waits for its members")
            { Min = 1 },
        new("Mqtt:MaxUnsentBytes", Bytes, "256KiB", "unsent output above which a connection is not read")
            { Min = 4096, Max = 1 << 30 },
        new("Mqtt:Presence", Number, "1", "0 = clients that come and go are not announced") { Max = 1 },
        new("Mqtt:SysIntervalSeconds", Number, "10", "how often $SYS figures are sent; 0 = only at subscribing")
            { Max = 86_400 },
    ];

    public static MqttOptions Read(SettingValues values)
    {
        int expiry = values.Number("Mqtt:MaxSessionExpirySeconds");
        return new MqttOptions
        {
            AnonymousUser = values.Text("Mqtt:AnonymousUser"),
            AnonymousFromAnywhere = values.Number("Mqtt:AnonymousFromAnywhere") == 1,
            WebSocketOrigins = (values.Text("Mqtt:WebSocketOrigins") ?? "").Split(
                ' ', StringSplitOptions.RemoveEmptyEntries),
            MaxPacketBytes = checked((int)values.Bytes("Mqtt:MaxPacketBytes")),
            MaxControlPacketBytes = checked((int)values.Bytes("Mqtt:MaxControlPacketBytes")),
            MaxPropertyBytes = checked((int)values.Bytes("Mqtt:MaxPropertyBytes")),
            ConnectTimeoutMs = values.Number("Mqtt:ConnectTimeoutMs"),
            MaxKeepAliveSeconds = values.Number("Mqtt:MaxKeepAliveSeconds"),
            MaxSessionExpirySeconds = expiry == 0 ? uint.MaxValue : (uint)expiry,
            ReceiveMaximum = checked((ushort)values.Number("Mqtt:ReceiveMaximum")),
            MaxInFlight = checked((ushort)values.Number("Mqtt:MaxInFlight")),
            TopicAliasMaximum = checked((ushort)values.Number("Mqtt:TopicAliasMaximum")),
            MaxSubscriptions = values.Number("Mqtt:MaxSubscriptions"),
            MaxRetainedPerFilter = values.Number("Mqtt:MaxRetainedPerFilter"),
            MaxQueuedQoS0Bytes = checked((int)values.Bytes("Mqtt:MaxQueuedQoS0Bytes")),
            MaxQueuedBytes = checked((int)values.Bytes("Mqtt:MaxQueuedBytes")),
            MaxSessionMessages = values.Number("Mqtt:MaxSessionMessages"),
            SharedExpirySeconds = values.Number("Mqtt:SharedExpirySeconds"),
            MaxUnsentBytes = checked((int)values.Bytes("Mqtt:MaxUnsentBytes")),
            Presence = values.Number("Mqtt:Presence") == 1,
            SysIntervalSeconds = values.Number("Mqtt:SysIntervalSeconds"),
        };
    }
}
