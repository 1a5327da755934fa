namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: makes or checks a queue.</summary>
public readonly record struct QueueDeclare(
    string Queue, bool Passive, bool Durable, bool Exclusive, bool AutoDelete, bool NoWait,
    AmqpTable Arguments)
    : IAmqpMethod<QueueDeclare>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueDeclare;

    public static QueueDeclare Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string queue = fields.ShortString();
        byte bits = fields.Octet();
        return new(
            queue, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
            (bits & 8) != 0, (bits & 16) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.Bits(Passive, Durable, Exclusive, AutoDelete, NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: name and counts.</summary>
public readonly record struct QueueDeclareOk(
    string Queue, uint MessageCount, uint ConsumerCount)
    : IAmqpMethod<QueueDeclareOk>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueDeclareOk;

    public static QueueDeclareOk Read(ref AmqpFieldReader fields) =>
        new(fields.ShortString(), fields.Long(), fields.Long());

    public void Write(AmqpFieldWriter fields)
    {
        fields.ShortString(Queue);
        fields.Long(MessageCount);
        fields.Long(ConsumerCount);
    }
}

/// <summary>Client: binds a queue.</summary>
public readonly record struct QueueBind(
    string Queue, string Exchange, string RoutingKey, bool NoWait, AmqpTable Arguments)
    : IAmqpMethod<QueueBind>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueBind;

    public static QueueBind Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string queue = fields.ShortString();
        string exchange = fields.ShortString();
        string routingKey = fields.ShortString();
        byte bits = fields.Octet();
        return new(queue, exchange, routingKey, (bits & 1) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
        fields.Bits(NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: bound.</summary>
public readonly record struct QueueBindOk : IAmqpMethod<QueueBindOk>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueBindOk;

    public static QueueBindOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: drops ready messages.</summary>
public readonly record struct QueuePurge(string Queue, bool NoWait) : IAmqpMethod<QueuePurge>
{
    public static AmqpMethodId Id => AmqpMethodId.QueuePurge;

    public static QueuePurge Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        return new(fields.ShortString(), (fields.Octet() & 1) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.Bits(NoWait);
    }
}

/// <summary>Server: how many.</summary>
public readonly record struct QueuePurgeOk(uint MessageCount) : IAmqpMethod<QueuePurgeOk>
{
    public static AmqpMethodId Id => AmqpMethodId.QueuePurgeOk;

    public static QueuePurgeOk Read(ref AmqpFieldReader fields) => new(fields.Long());

    public void Write(AmqpFieldWriter fields) => fields.Long(MessageCount);
}

/// <summary>Client: deletes a queue.</summary>
public readonly record struct QueueDelete(
    string Queue, bool IfUnused, bool IfEmpty, bool NoWait)
    : IAmqpMethod<QueueDelete>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueDelete;

    public static QueueDelete Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string queue = fields.ShortString();
        byte bits = fields.Octet();
        return new(queue, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.Bits(IfUnused, IfEmpty, NoWait);
    }
}

/// <summary>Server: ready messages that went with it.</summary>
public readonly record struct QueueDeleteOk(uint MessageCount) : IAmqpMethod<QueueDeleteOk>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueDeleteOk;

    public static QueueDeleteOk Read(ref AmqpFieldReader fields) => new(fields.Long());

    public void Write(AmqpFieldWriter fields) => fields.Long(MessageCount);
}

/// <summary>Client: ends a binding; has no no-wait.</summary>
public readonly record struct QueueUnbind(
    string Queue, string Exchange, string RoutingKey, AmqpTable Arguments)
    : IAmqpMethod<QueueUnbind>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueUnbind;

    public static QueueUnbind Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        return new(fields.ShortString(), fields.ShortString(), fields.ShortString(), fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
        fields.Table(Arguments);
    }
}

/// <summary>Server: unbound.</summary>
public readonly record struct QueueUnbindOk : IAmqpMethod<QueueUnbindOk>
{
    public static AmqpMethodId Id => AmqpMethodId.QueueUnbindOk;

    public static QueueUnbindOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
