namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Server: versions, properties, mechanisms.</summary>
public readonly record struct ConnectionStart(
    AmqpTable ServerProperties, ReadOnlyMemory<byte> Mechanisms, ReadOnlyMemory<byte> Locales)
    : IAmqpMethod<ConnectionStart>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionStart;

    public static ConnectionStart Read(ref AmqpFieldReader fields)
    {
        _ = fields.Octet();
        _ = fields.Octet();
        return new(fields.Table(), fields.LongString(), fields.LongString());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Octet(0);
        fields.Octet(9);
        fields.Table(ServerProperties);
        fields.LongString(Mechanisms.Span);
        fields.LongString(Locales.Span);
    }
}

/// <summary>Client: properties, chosen mechanism, first response.</summary>
public readonly record struct ConnectionStartOk(
    AmqpTable ClientProperties, string Mechanism, ReadOnlyMemory<byte> Response, string Locale)
    : IAmqpMethod<ConnectionStartOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionStartOk;

    public static ConnectionStartOk Read(ref AmqpFieldReader fields)
    {
        return new(fields.Table(), fields.ShortString(), fields.LongString(), fields.ShortString());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Table(ClientProperties);
        fields.ShortString(Mechanism);
        fields.LongString(Response.Span);
        fields.ShortString(Locale);
    }
}

/// <summary>Server: a further challenge.</summary>
public readonly record struct ConnectionSecure(ReadOnlyMemory<byte> Challenge) : IAmqpMethod<ConnectionSecure>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionSecure;

    public static ConnectionSecure Read(ref AmqpFieldReader fields) => new(fields.LongString());

    public void Write(AmqpFieldWriter fields) => fields.LongString(Challenge.Span);
}

/// <summary>Client: answer to the challenge.</summary>
public readonly record struct ConnectionSecureOk(
    ReadOnlyMemory<byte> Response)
    : IAmqpMethod<ConnectionSecureOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionSecureOk;

    public static ConnectionSecureOk Read(ref AmqpFieldReader fields) => new(fields.LongString());

    public void Write(AmqpFieldWriter fields) => fields.LongString(Response.Span);
}

/// <summary>Server: the limits it offers.</summary>
public readonly record struct ConnectionTune(
    ushort ChannelMax, uint FrameMax, ushort HeartbeatSeconds)
    : IAmqpMethod<ConnectionTune>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionTune;

    public static ConnectionTune Read(ref AmqpFieldReader fields) =>
        new(fields.Short(), fields.Long(), fields.Short());

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(ChannelMax);
        fields.Long(FrameMax);
        fields.Short(HeartbeatSeconds);
    }
}

/// <summary>Client: the limits that count.</summary>
public readonly record struct ConnectionTuneOk(
    ushort ChannelMax, uint FrameMax, ushort HeartbeatSeconds)
    : IAmqpMethod<ConnectionTuneOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionTuneOk;

    public static ConnectionTuneOk Read(ref AmqpFieldReader fields) =>
        new(fields.Short(), fields.Long(), fields.Short());

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(ChannelMax);
        fields.Long(FrameMax);
        fields.Short(HeartbeatSeconds);
    }
}

/// <summary>Client: enters a virtual host.</summary>
public readonly record struct ConnectionOpen(string VirtualHost) : IAmqpMethod<ConnectionOpen>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionOpen;

    public static ConnectionOpen Read(ref AmqpFieldReader fields)
    {
        string virtualHost = fields.ShortString();
        _ = fields.ShortString();
        _ = fields.Octet();
        return new(virtualHost);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.ShortString(VirtualHost);
        fields.ShortString("");
        fields.Bits(false);
    }
}

/// <summary>Server: the virtual host is open.</summary>
public readonly record struct ConnectionOpenOk : IAmqpMethod<ConnectionOpenOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionOpenOk;

    public static ConnectionOpenOk Read(ref AmqpFieldReader fields)
    {
        _ = fields.ShortString();
        return default;
    }

    public void Write(AmqpFieldWriter fields) => fields.ShortString("");
}

/// <summary>Either: ends the connection.</summary>
public readonly record struct ConnectionClose(
    AmqpCode Code, string Text, ushort ClassId, ushort MethodId)
    : IAmqpMethod<ConnectionClose>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionClose;

    public static ConnectionClose Read(ref AmqpFieldReader fields)
    {
        return new((AmqpCode)fields.Short(), fields.ShortString(), fields.Short(), fields.Short());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short((ushort)Code);
        fields.ShortString(Text);
        fields.Short(ClassId);
        fields.Short(MethodId);
    }
}

/// <summary>Either: agrees.</summary>
public readonly record struct ConnectionCloseOk : IAmqpMethod<ConnectionCloseOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionCloseOk;

    public static ConnectionCloseOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Server: publishing is held back.</summary>
public readonly record struct ConnectionBlocked(string Reason) : IAmqpMethod<ConnectionBlocked>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionBlocked;

    public static ConnectionBlocked Read(ref AmqpFieldReader fields) => new(fields.ShortString());

    public void Write(AmqpFieldWriter fields) => fields.ShortString(Reason);
}

/// <summary>Server: publishing goes on.</summary>
public readonly record struct ConnectionUnblocked : IAmqpMethod<ConnectionUnblocked>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionUnblocked;

    public static ConnectionUnblocked Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: a new credential (RabbitMQ 3.8).</summary>
public readonly record struct ConnectionUpdateSecret(
    ReadOnlyMemory<byte> NewSecret, string Reason)
    : IAmqpMethod<ConnectionUpdateSecret>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionUpdateSecret;

    public static ConnectionUpdateSecret Read(ref AmqpFieldReader fields) =>
        new(fields.LongString(), fields.ShortString());

    public void Write(AmqpFieldWriter fields)
    {
        fields.LongString(NewSecret.Span);
        fields.ShortString(Reason);
    }
}

/// <summary>Server: taken.</summary>
public readonly record struct ConnectionUpdateSecretOk : IAmqpMethod<ConnectionUpdateSecretOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConnectionUpdateSecretOk;

    public static ConnectionUpdateSecretOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
