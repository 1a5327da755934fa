namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;

/// <summary>CONNECT (MQTT 5.0 §3.1, 3.1.1 §3.1).</summary>
/// <param name="CleanStart">Clean session before 5.0.</param>
/// <param name="Properties">Empty before 5.0.</param>
public sealed record MqttConnect(
    MqttVersion Version,
    bool CleanStart,
    ushort KeepAliveSeconds,
    string ClientId,
    MqttWill? Will,
    string? UserName,
    ReadOnlyMemory<byte>? Password,
    MqttProperties Properties)
{
    private const byte BridgeBit = 0x80;

    /// <summary>Reads the protocol name and level, from which on the version counts.</summary>
    /// <param name="frame">A CONNECT.</param>
    /// <param name="level">As it was sent.</param>
    /// <returns>Null: a level that we do not speak.</returns>
    /// <exception cref="MqttProtocolException">0x84: another protocol. 0x81: malformed.</exception>
    public static MqttVersion? ReadVersion(in MqttFrame frame, out byte level)
    {
        var reader = new MqttFieldReader(frame.Span);
        string name = reader.Text();
        level = reader.Byte();
        // Bridges of mosquitto set the highest bit.
        return (name, level & ~BridgeBit) switch
        {
            ("MQIsdp", 3) => MqttVersion.V31,
            ("MQTT", 4) => MqttVersion.V311,
            ("MQTT", 5) => MqttVersion.V5,
            ("MQIsdp" or "MQTT", _) => null,
            _ => throw new MqttProtocolException(MqttReason.UnsupportedVersion, "a protocol name that is not MQTT's"),
        };
    }

    /// <exception cref="MqttProtocolException">0x81: malformed. 0x82: a property out of its range.</exception>
    public static MqttConnect Read(in MqttFrame frame, MqttVersion version)
    {
        var reader = new MqttFieldReader(frame.Span);
        reader.TextBytes();
        reader.Byte();
        byte flags = reader.Byte();
        CheckFlags(flags, version);
        ushort keepAlive = reader.Short();
        MqttProperties properties = version == MqttVersion.V5
            ? MqttProperties.Read(ref reader, MqttPropertyPlace.Connect)
            : MqttProperties.None;
        if (properties.AuthenticationData is not null && properties.AuthenticationMethod is null)
            throw MqttProtocolException.Broken("authentication data without a method");
        string clientId = reader.Text();
        MqttWill? will = (flags & ConnectFlags.Will) != 0 ? ReadWill(ref reader, flags, version) : null;
        string? user = (flags & ConnectFlags.UserName) != 0 ? reader.Text() : null;
        ReadOnlyMemory<byte>? password = null;
        if ((flags & ConnectFlags.Password) != 0)
            password = reader.Binary();
        reader.End();
        return new MqttConnect(version, (flags & ConnectFlags.CleanStart) != 0, keepAlive, clientId, will, user,
            password, properties);
    }

    /// <summary>The whole body, with name and level.</summary>
    public void Write(MqttFieldWriter output)
    {
        output.Text(Version == MqttVersion.V31 ? "MQIsdp" : "MQTT");
        output.Byte((byte)Version);
        int flags = (CleanStart ? ConnectFlags.CleanStart : 0)
            | (UserName is null ? 0 : ConnectFlags.UserName)
            | (Password is null ? 0 : ConnectFlags.Password);
        if (Will is not null)
        {
            flags |= ConnectFlags.Will | ((int)Will.QoS << ConnectFlags.WillQoSShift)
                | (Will.Retain ? ConnectFlags.WillRetain : 0);
        }
        output.Byte((byte)flags);
        output.Short(KeepAliveSeconds);
        if (Version == MqttVersion.V5)
            Properties.Write(output);
        output.Text(ClientId);
        if (Will is not null)
        {
            if (Version == MqttVersion.V5)
                MqttPublish.WriteProperties(output, Will.Properties);
            output.Text(Will.Topic);
            output.Binary(Will.Payload.Span);
        }
        if (UserName is not null)
            output.Text(UserName);
        if (Password is { } password)
            output.Binary(password.Span);
    }

    /// <summary>Never shows the password.</summary>
    public override string ToString() => $"CONNECT {Version} {ClientId}";

    private static void CheckFlags(byte flags, MqttVersion version)
    {
        if ((flags & ConnectFlags.Reserved) != 0)
            throw MqttProtocolException.Malformed("the reserved connect flag is set");
        bool will = (flags & ConnectFlags.Will) != 0;
        int qos = (flags >> ConnectFlags.WillQoSShift) & 0x03;
        if (qos > 2 || (!will && (qos > 0 || (flags & ConnectFlags.WillRetain) != 0)))
            throw MqttProtocolException.Malformed("will flags that make no sense");
        if (version != MqttVersion.V5 && (flags & ConnectFlags.Password) != 0 && (flags & ConnectFlags.UserName) == 0)
            throw MqttProtocolException.Malformed("a password without a user name");
    }

    private static MqttWill ReadWill(ref MqttFieldReader reader, byte flags, MqttVersion version)
    {
        MqttMessageProperties properties = version == MqttVersion.V5
            ? MqttMessageProperties.Read(ref reader, MqttPropertyPlace.Will)
            : MqttMessageProperties.None;
        string topic = reader.Text();
        byte[] payload = reader.Binary();
        var qos = (MqttQoS)((flags >> ConnectFlags.WillQoSShift) & 0x03);
        return new MqttWill(topic, payload, qos, (flags & ConnectFlags.WillRetain) != 0, properties);
    }

    private static class ConnectFlags
    {
        public const int Reserved = 0x01;
        public const int CleanStart = 0x02;
        public const int Will = 0x04;
        public const int WillQoSShift = 3;
        public const int WillRetain = 0x20;
        public const int Password = 0x40;
        public const int UserName = 0x80;
    }
}
