namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: opens the channel.</summary>
public readonly record struct ChannelOpen : IAmqpMethod<ChannelOpen>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelOpen;

    public static ChannelOpen Read(ref AmqpFieldReader fields)
    {
        _ = fields.ShortString();
        return default;
    }

    public void Write(AmqpFieldWriter fields) => fields.ShortString("");
}

/// <summary>Server: it is open.</summary>
public readonly record struct ChannelOpenOk : IAmqpMethod<ChannelOpenOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelOpenOk;

    public static ChannelOpenOk Read(ref AmqpFieldReader fields)
    {
        _ = fields.LongString();
        return default;
    }

    public void Write(AmqpFieldWriter fields) => fields.LongString([]);
}

/// <summary>Either: stops or restarts content.</summary>
public readonly record struct ChannelFlow(bool Active) : IAmqpMethod<ChannelFlow>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelFlow;

    public static ChannelFlow Read(ref AmqpFieldReader fields) => new((fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields) => fields.Bits(Active);
}

/// <summary>Either: agrees.</summary>
public readonly record struct ChannelFlowOk(bool Active) : IAmqpMethod<ChannelFlowOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelFlowOk;

    public static ChannelFlowOk Read(ref AmqpFieldReader fields) => new((fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields) => fields.Bits(Active);
}

/// <summary>Either: ends the channel.</summary>
public readonly record struct ChannelClose(
    AmqpCode Code, string Text, ushort ClassId, ushort MethodId)
    : IAmqpMethod<ChannelClose>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelClose;

    public static ChannelClose Read(ref AmqpFieldReader fields)
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
public readonly record struct ChannelCloseOk : IAmqpMethod<ChannelCloseOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ChannelCloseOk;

    public static ChannelCloseOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
