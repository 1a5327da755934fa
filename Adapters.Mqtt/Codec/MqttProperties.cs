using System.Diagnostics;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>Properties of a packet that carries no message (MQTT 5.0 §2.2.2); null = not there.</summary>
public sealed record MqttProperties
{
    public static readonly MqttProperties None = new();

    /// <summary>Seconds; <see cref="uint.MaxValue"/> = never.</summary>
    public uint? SessionExpirySeconds { get; init; }

    public string? AssignedClientId { get; init; }

    public ushort? ServerKeepAliveSeconds { get; init; }

    public string? AuthenticationMethod { get; init; }

    public ReadOnlyMemory<byte>? AuthenticationData { get; init; }

    public bool? RequestProblemInformation { get; init; }

    public bool? RequestResponseInformation { get; init; }

    public string? ResponseInformation { get; init; }

    public string? ServerReference { get; init; }

    public string? ReasonString { get; init; }

    /// <summary>QoS 1 and 2 messages under way, a count, not 0.</summary>
    public ushort? ReceiveMaximum { get; init; }

    public ushort? TopicAliasMaximum { get; init; }

    public MqttQoS? MaximumQoS { get; init; }

    public bool? RetainAvailable { get; init; }

    /// <summary>Bytes, not 0.</summary>
    public uint? MaximumPacketBytes { get; init; }

    public bool? WildcardSubscriptionAvailable { get; init; }

    public bool? SubscriptionIdentifierAvailable { get; init; }

    public bool? SharedSubscriptionAvailable { get; init; }

    /// <summary>Of a SUBSCRIBE, 1 to 268,435,455.</summary>
    public int? SubscriptionIdentifier { get; init; }

    /// <summary>In their order; names may repeat.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> UserProperties { get; init; } = [];

    /// <summary>Reads a property block with its length.</summary>
    /// <exception cref="MqttProtocolException">0x81: malformed, unknown or misplaced. 0x82: twice or out of range.
    /// </exception>
    internal static MqttProperties Read(ref MqttFieldReader reader, MqttPropertyPlace place)
    {
        int length = reader.Variable();
        if (length == 0)
            return None;
        var block = new MqttFieldReader(reader.Take(length));
        MqttProperties properties = None;
        List<KeyValuePair<string, string>>? users = null;
        ulong seen = 0;
        while (!block.IsAtEnd)
        {
            MqttPropertyId id = MqttPropertyRules.Next(ref block, place, ref seen);
            if (id == MqttPropertyId.UserProperty)
                (users ??= []).Add(new(block.Text(), block.Text()));
            else
                properties = properties.With(id, ref block);
        }
        return users is null ? properties : properties with { UserProperties = users };
    }

    /// <summary>Writes the block with its length.</summary>
    internal void Write(MqttFieldWriter output)
    {
        int start = output.Length;
        Long(MqttPropertyId.SessionExpiry, SessionExpirySeconds);
        Text(MqttPropertyId.AssignedClientId, AssignedClientId);
        Short(MqttPropertyId.ServerKeepAlive, ServerKeepAliveSeconds);
        Text(MqttPropertyId.AuthenticationMethod, AuthenticationMethod);
        if (AuthenticationData is { } data && Id(MqttPropertyId.AuthenticationData))
            output.Binary(data.Span);
        Flag(MqttPropertyId.RequestProblemInformation, RequestProblemInformation);
        Flag(MqttPropertyId.RequestResponseInformation, RequestResponseInformation);
        Text(MqttPropertyId.ResponseInformation, ResponseInformation);
        Text(MqttPropertyId.ServerReference, ServerReference);
        Text(MqttPropertyId.ReasonString, ReasonString);
        Short(MqttPropertyId.ReceiveMaximum, ReceiveMaximum);
        Short(MqttPropertyId.TopicAliasMaximum, TopicAliasMaximum);
        if (MaximumQoS is { } qos && Id(MqttPropertyId.MaximumQoS))
            output.Byte((byte)qos);
        Flag(MqttPropertyId.RetainAvailable, RetainAvailable);
        Long(MqttPropertyId.MaximumPacketSize, MaximumPacketBytes);
        Flag(MqttPropertyId.WildcardSubscriptionAvailable, WildcardSubscriptionAvailable);
        Flag(MqttPropertyId.SubscriptionIdentifierAvailable, SubscriptionIdentifierAvailable);
        Flag(MqttPropertyId.SharedSubscriptionAvailable, SharedSubscriptionAvailable);
        if (SubscriptionIdentifier is { } number && Id(MqttPropertyId.SubscriptionIdentifier))
            output.Variable(number);
        foreach ((string name, string value) in UserProperties)
        {
            Id(MqttPropertyId.UserProperty);
            output.Text(name);
            output.Text(value);
        }
        output.PrefixLength(start);

        bool Id(MqttPropertyId id)
        {
            output.Byte((byte)id);
            return true;
        }

        void Long(MqttPropertyId id, uint? value)
        {
            if (value is { } number && Id(id))
                output.Long(number);
        }

        void Short(MqttPropertyId id, ushort? value)
        {
            if (value is { } number && Id(id))
                output.Short(number);
        }

        void Flag(MqttPropertyId id, bool? value)
        {
            if (value is { } flag && Id(id))
                output.Byte(flag ? (byte)1 : (byte)0);
        }

        void Text(MqttPropertyId id, string? value)
        {
            if (value is not null && Id(id))
                output.Text(value);
        }
    }

    private static bool ReadFlag(ref MqttFieldReader block) => block.Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw MqttProtocolException.Broken($"a flag of value {other}"),
    };

    private static uint NotZero(uint value) =>
        value > 0 ? value : throw MqttProtocolException.Broken("a limit of 0");

    private MqttProperties With(MqttPropertyId id, ref MqttFieldReader block) => id switch
    {
        MqttPropertyId.SessionExpiry => this with { SessionExpirySeconds = block.Long() },
        MqttPropertyId.AssignedClientId => this with { AssignedClientId = block.Text() },
        MqttPropertyId.ServerKeepAlive => this with { ServerKeepAliveSeconds = block.Short() },
        MqttPropertyId.AuthenticationMethod => this with { AuthenticationMethod = block.Text() },
        MqttPropertyId.AuthenticationData => this with { AuthenticationData = block.Binary() },
        MqttPropertyId.RequestProblemInformation => this with { RequestProblemInformation = ReadFlag(ref block) },
        MqttPropertyId.RequestResponseInformation => this with { RequestResponseInformation = ReadFlag(ref block) },
        MqttPropertyId.ResponseInformation => this with { ResponseInformation = block.Text() },
        MqttPropertyId.ServerReference => this with { ServerReference = block.Text() },
        MqttPropertyId.ReasonString => this with { ReasonString = block.Text() },
        MqttPropertyId.ReceiveMaximum => this with { ReceiveMaximum = (ushort)NotZero(block.Short()) },
        MqttPropertyId.TopicAliasMaximum => this with { TopicAliasMaximum = block.Short() },
        MqttPropertyId.MaximumQoS => this with { MaximumQoS = ReadFlag(ref block) ? MqttQoS.AtLeastOnce : 0 },
        MqttPropertyId.RetainAvailable => this with { RetainAvailable = ReadFlag(ref block) },
        MqttPropertyId.MaximumPacketSize => this with { MaximumPacketBytes = NotZero(block.Long()) },
        MqttPropertyId.WildcardSubscriptionAvailable =>
            this with { WildcardSubscriptionAvailable = ReadFlag(ref block) },
        MqttPropertyId.SubscriptionIdentifierAvailable =>
            this with { SubscriptionIdentifierAvailable = ReadFlag(ref block) },
        MqttPropertyId.SharedSubscriptionAvailable => this with { SharedSubscriptionAvailable = ReadFlag(ref block) },
        MqttPropertyId.SubscriptionIdentifier => this with
        {
            SubscriptionIdentifier = (int)NotZero((uint)block.Variable()),
        },
        _ => throw new UnreachableException($"{id} belongs to messages"),
    };
}
