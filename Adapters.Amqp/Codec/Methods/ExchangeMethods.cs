namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: makes or checks an exchange.</summary>
public readonly record struct ExchangeDeclare(
    string Exchange, string Type, bool Passive, bool Durable, bool AutoDelete, bool Internal, bool NoWait,
    AmqpTable Arguments)
    : IAmqpMethod<ExchangeDeclare>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeDeclare;

    public static ExchangeDeclare Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string exchange = fields.ShortString();
        string type = fields.ShortString();
        byte bits = fields.Octet();
        return new(
            exchange, type, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
            (bits & 8) != 0, (bits & 16) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Exchange);
        fields.ShortString(Type);
        fields.Bits(Passive, Durable, AutoDelete, Internal, NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: it is there.</summary>
public readonly record struct ExchangeDeclareOk : IAmqpMethod<ExchangeDeclareOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeDeclareOk;

    public static ExchangeDeclareOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: deletes an exchange.</summary>
public readonly record struct ExchangeDelete(
    string Exchange, bool IfUnused, bool NoWait)
    : IAmqpMethod<ExchangeDelete>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeDelete;

    public static ExchangeDelete Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string exchange = fields.ShortString();
        byte bits = fields.Octet();
        return new(exchange, (bits & 1) != 0, (bits & 2) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Exchange);
        fields.Bits(IfUnused, NoWait);
    }
}

/// <summary>Server: it is gone.</summary>
public readonly record struct ExchangeDeleteOk : IAmqpMethod<ExchangeDeleteOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeDeleteOk;

    public static ExchangeDeleteOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: binds exchange to exchange.</summary>
public readonly record struct ExchangeBind(
    string Destination, string Source, string RoutingKey, bool NoWait, AmqpTable Arguments)
    : IAmqpMethod<ExchangeBind>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeBind;

    public static ExchangeBind Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string destination = fields.ShortString();
        string source = fields.ShortString();
        string routingKey = fields.ShortString();
        byte bits = fields.Octet();
        return new(destination, source, routingKey, (bits & 1) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Destination);
        fields.ShortString(Source);
        fields.ShortString(RoutingKey);
        fields.Bits(NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: bound.</summary>
public readonly record struct ExchangeBindOk : IAmqpMethod<ExchangeBindOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeBindOk;

    public static ExchangeBindOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: ends such a binding.</summary>
public readonly record struct ExchangeUnbind(
    string Destination, string Source, string RoutingKey, bool NoWait, AmqpTable Arguments)
    : IAmqpMethod<ExchangeUnbind>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeUnbind;

    public static ExchangeUnbind Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string destination = fields.ShortString();
        string source = fields.ShortString();
        string routingKey = fields.ShortString();
        byte bits = fields.Octet();
        return new(destination, source, routingKey, (bits & 1) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Destination);
        fields.ShortString(Source);
        fields.ShortString(RoutingKey);
        fields.Bits(NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: unbound; 51, not 41.</summary>
public readonly record struct ExchangeUnbindOk : IAmqpMethod<ExchangeUnbindOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ExchangeUnbindOk;

    public static ExchangeUnbindOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
