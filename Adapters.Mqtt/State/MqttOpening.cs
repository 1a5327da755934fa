using System.Text;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.State;

/// <summary>What a CONNECT asks for, and what it gets (MQTT 5.0 §3.1, §3.2).</summary>
internal sealed class MqttOpening(MqttNode node, MqttConnect packet)
{
    /// <summary>Name of the topic that is MQTT's topic space.</summary>
    public const string TopicSpace = "amq.topic";

    /// <summary>Of a client id: it is kept with every message.</summary>
    private const int MaxClientIdBytes = 1_024;

    public string ClientId { get; private set; } = packet.ClientId;

    /// <summary>The client gave none.</summary>
    public bool IsAssigned { get; private set; }

    /// <summary>How long the session outlives its connection, in seconds.</summary>
    public uint ExpirySeconds { get; } = Expiry(packet, node.Options);

    /// <summary>0 = none.</summary>
    public int KeepAliveSeconds { get; } = KeepAlive(packet, node.Options);

    /// <summary>QoS 1 and 2 messages that may be under way to the client.</summary>
    public int Window => Math.Min(packet.Properties.ReceiveMaximum ?? ushort.MaxValue, node.Options.MaxInFlight);

    private bool IsFive => packet.Version == MqttVersion.V5;

    /// <summary>What can be said without asking anybody.</summary>
    public MqttReason Check()
    {
        if (packet.Properties.AuthenticationMethod is not null)
            return MqttReason.BadAuthenticationMethod;
        if (Encoding.UTF8.GetByteCount(packet.ClientId) > MaxClientIdBytes)
            return MqttReason.ClientIdNotValid;
        if (packet.ClientId.Length == 0)
        {
            // 3.1 wants one always; 3.1.1 where a session is to be kept (§3.1.3.1).
            if (packet.Version == MqttVersion.V31 || (packet.Version == MqttVersion.V311 && !packet.CleanStart))
                return MqttReason.ClientIdNotValid;
            ClientId = "auto-" + node.NewName();
            IsAssigned = true;
        }
        return packet.Will is { } will && !MqttTopics.IsTopicName(will.Topic)
            ? MqttReason.TopicNameInvalid
            : MqttReason.Success;
    }

    /// <summary>Opens the session; whoever else has it is told to go.</summary>
    public async ValueTask<(MqttReason Reason, MqttLink? Link)> OpenAsync(
        IBrokerConnection connection,
        Identity user,
        NamespaceId ns,
        MqttWriter writer,
        IMqttTurns turns,
        IMqttTasks tasks)
    {
        if (connection.FindTopic(TopicSpace) is not { } space || connection.FindTopic("") is not { } defaultTopic)
            return (MqttReason.ServerUnavailable, null);
        bool mayWill = packet.Will is null || (user.May(Access.Write, ns, space.Name)
            && !packet.Will.Topic.StartsWith('$'));
        if (!mayWill)
            return (MqttReason.NotAuthorized, null);
        byte[] clientIdBytes = Encoding.UTF8.GetBytes(ClientId);
        Publication? will = packet.Will is { } wanted
            ? MqttPublications.OfWill(space, clientIdBytes, wanted)
            : null;
        long delayMs = (packet.Will?.Properties.WillDelaySeconds ?? 0) * 1000L;
        (Reply reply, ISession? session) = await new MqttResume<(Reply, ISession?)>(
            connection.Sessions.OpenAsync(new SessionOpening(
                ClientId, packet.CleanStart, MqttLink.ToMs(ExpirySeconds), will, delayMs), tasks.Stopping), turns);
        if (reply != Reply.Ok || session is null)
            return (MqttErrors.ForConnection(reply), null);
        var link = new MqttLink(node, connection, connection.Subscriptions, connection.LastValues, session, space,
            defaultTopic, user, ns, ClientId, clientIdBytes, IsPersistent: ExpirySeconds > 0, writer, turns,
            new MqttSettles(connection), tasks)
        {
            ExpirySeconds = ExpirySeconds,
        };
        return (MqttReason.Success, link);
    }

    /// <summary>The CONNACK of an accepted connection: every limit that is below what the client may think.</summary>
    public MqttConnAck Accepted(bool isPresent)
    {
        if (!IsFive)
            return new MqttConnAck(isPresent, MqttReason.Success, MqttProperties.None);
        MqttOptions options = node.Options;
        uint asked = packet.Properties.SessionExpirySeconds ?? 0;
        return new MqttConnAck(isPresent, MqttReason.Success, new MqttProperties
        {
            AssignedClientId = IsAssigned ? ClientId : null,
            SessionExpirySeconds = asked != ExpirySeconds ? ExpirySeconds : null,
            ServerKeepAliveSeconds = KeepAliveSeconds != packet.KeepAliveSeconds ? (ushort)KeepAliveSeconds : null,
            ReceiveMaximum = options.ReceiveMaximum,
            MaximumPacketBytes = (uint)options.MaxPacketBytes,
            TopicAliasMaximum = options.TopicAliasMaximum,
        });
    }

    public MqttClient Client(MqttPeer peer, Identity user, int nodeNumber, long nowMs) => new(
        ClientId, user.UserName, peer, packet.Version, KeepAliveSeconds, packet.CleanStart, ExpirySeconds, nowMs,
        nodeNumber);

    /// <summary>Before 5.0 a session that is not clean has no end of its own (§3.1.2.11.2).</summary>
    private static uint Expiry(MqttConnect packet, MqttOptions options)
    {
        uint asked = packet.Version == MqttVersion.V5
            ? packet.Properties.SessionExpirySeconds ?? 0
            : packet.CleanStart ? 0 : uint.MaxValue;
        return Math.Min(asked, options.MaxSessionExpirySeconds);
    }

    /// <summary>Only 5.0 clients can be told another one (§3.2.2.3.14).</summary>
    private static int KeepAlive(MqttConnect packet, MqttOptions options)
    {
        int asked = packet.KeepAliveSeconds;
        int most = options.MaxKeepAliveSeconds;
        bool isBelow = most == 0 || packet.Version != MqttVersion.V5 || (asked > 0 && asked <= most);
        return isBelow ? asked : most;
    }
}
