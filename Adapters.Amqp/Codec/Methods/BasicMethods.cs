namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: limits unacknowledged deliveries.</summary>
public readonly record struct BasicQos(
    uint PrefetchSize, ushort PrefetchCount, bool Global)
    : IAmqpMethod<BasicQos>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicQos;

    public static BasicQos Read(ref AmqpFieldReader fields)
    {
        return new(fields.Long(), fields.Short(), (fields.Octet() & 1) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Long(PrefetchSize);
        fields.Short(PrefetchCount);
        fields.Bits(Global);
    }
}

/// <summary>Server: in force.</summary>
public readonly record struct BasicQosOk : IAmqpMethod<BasicQosOk>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicQosOk;

    public static BasicQosOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: starts a consumer.</summary>
public readonly record struct BasicConsume(
    string Queue, string ConsumerTag, bool NoLocal, bool NoAck, bool Exclusive, bool NoWait,
    AmqpTable Arguments)
    : IAmqpMethod<BasicConsume>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicConsume;

    public static BasicConsume Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string queue = fields.ShortString();
        string consumerTag = fields.ShortString();
        byte bits = fields.Octet();
        return new(
            queue, consumerTag, (bits & 1) != 0, (bits & 2) != 0,
            (bits & 4) != 0, (bits & 8) != 0, fields.Table());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.ShortString(ConsumerTag);
        fields.Bits(NoLocal, NoAck, Exclusive, NoWait);
        fields.Table(Arguments);
    }
}

/// <summary>Server: its tag.</summary>
public readonly record struct BasicConsumeOk(string ConsumerTag) : IAmqpMethod<BasicConsumeOk>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicConsumeOk;

    public static BasicConsumeOk Read(ref AmqpFieldReader fields) => new(fields.ShortString());

    public void Write(AmqpFieldWriter fields) => fields.ShortString(ConsumerTag);
}

/// <summary>Client: ends a consumer. Server: the queue is gone.</summary>
public readonly record struct BasicCancel(string ConsumerTag, bool NoWait) : IAmqpMethod<BasicCancel>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicCancel;

    public static BasicCancel Read(ref AmqpFieldReader fields) =>
        new(fields.ShortString(), (fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields)
    {
        fields.ShortString(ConsumerTag);
        fields.Bits(NoWait);
    }
}

/// <summary>The other side agrees.</summary>
public readonly record struct BasicCancelOk(string ConsumerTag) : IAmqpMethod<BasicCancelOk>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicCancelOk;

    public static BasicCancelOk Read(ref AmqpFieldReader fields) => new(fields.ShortString());

    public void Write(AmqpFieldWriter fields) => fields.ShortString(ConsumerTag);
}

/// <summary>Client: a message; content follows.</summary>
public readonly record struct BasicPublish(
    string Exchange, string RoutingKey, bool Mandatory, bool Immediate)
    : IAmqpMethod<BasicPublish>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicPublish;

    public static BasicPublish Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        string exchange = fields.ShortString();
        string routingKey = fields.ShortString();
        byte bits = fields.Octet();
        return new(exchange, routingKey, (bits & 1) != 0, (bits & 2) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
        fields.Bits(Mandatory, Immediate);
    }
}

/// <summary>Server: an unroutable message; content follows.</summary>
public readonly record struct BasicReturn(
    AmqpCode Code, string Text, string Exchange, string RoutingKey)
    : IAmqpMethod<BasicReturn>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicReturn;

    public static BasicReturn Read(ref AmqpFieldReader fields)
    {
        return new(
            (AmqpCode)fields.Short(), fields.ShortString(), fields.ShortString(),
            fields.ShortString());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short((ushort)Code);
        fields.ShortString(Text);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
    }
}

/// <summary>Server: a message; content follows.</summary>
public readonly record struct BasicDeliver(
    string ConsumerTag, ulong DeliveryTag, bool Redelivered, string Exchange, string RoutingKey)
    : IAmqpMethod<BasicDeliver>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicDeliver;

    public static BasicDeliver Read(ref AmqpFieldReader fields)
    {
        string consumerTag = fields.ShortString();
        ulong deliveryTag = fields.LongLong();
        byte bits = fields.Octet();
        return new(consumerTag, deliveryTag, (bits & 1) != 0, fields.ShortString(), fields.ShortString());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.ShortString(ConsumerTag);
        fields.LongLong(DeliveryTag);
        fields.Bits(Redelivered);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
    }
}

/// <summary>Client: asks for one message.</summary>
public readonly record struct BasicGet(string Queue, bool NoAck) : IAmqpMethod<BasicGet>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicGet;

    public static BasicGet Read(ref AmqpFieldReader fields)
    {
        _ = fields.Short();
        return new(fields.ShortString(), (fields.Octet() & 1) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.Short(0);
        fields.ShortString(Queue);
        fields.Bits(NoAck);
    }
}

/// <summary>Server: it; content follows.</summary>
public readonly record struct BasicGetOk(
    ulong DeliveryTag, bool Redelivered, string Exchange, string RoutingKey, uint MessageCount)
    : IAmqpMethod<BasicGetOk>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicGetOk;

    public static BasicGetOk Read(ref AmqpFieldReader fields)
    {
        ulong deliveryTag = fields.LongLong();
        byte bits = fields.Octet();
        return new(deliveryTag, (bits & 1) != 0, fields.ShortString(), fields.ShortString(), fields.Long());
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.LongLong(DeliveryTag);
        fields.Bits(Redelivered);
        fields.ShortString(Exchange);
        fields.ShortString(RoutingKey);
        fields.Long(MessageCount);
    }
}

/// <summary>Server: there is none.</summary>
public readonly record struct BasicGetEmpty : IAmqpMethod<BasicGetEmpty>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicGetEmpty;

    public static BasicGetEmpty Read(ref AmqpFieldReader fields)
    {
        _ = fields.ShortString();
        return default;
    }

    public void Write(AmqpFieldWriter fields) => fields.ShortString("");
}

/// <summary>Client: done. Server: confirmed.</summary>
public readonly record struct BasicAck(ulong DeliveryTag, bool Multiple) : IAmqpMethod<BasicAck>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicAck;

    public static BasicAck Read(ref AmqpFieldReader fields) =>
        new(fields.LongLong(), (fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields)
    {
        fields.LongLong(DeliveryTag);
        fields.Bits(Multiple);
    }
}

/// <summary>Client: not taken.</summary>
public readonly record struct BasicReject(ulong DeliveryTag, bool Requeue) : IAmqpMethod<BasicReject>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicReject;

    public static BasicReject Read(ref AmqpFieldReader fields) =>
        new(fields.LongLong(), (fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields)
    {
        fields.LongLong(DeliveryTag);
        fields.Bits(Requeue);
    }
}

/// <summary>Client: redeliver what is unacknowledged; no answer.</summary>
public readonly record struct BasicRecoverAsync(bool Requeue) : IAmqpMethod<BasicRecoverAsync>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicRecoverAsync;

    public static BasicRecoverAsync Read(ref AmqpFieldReader fields) => new((fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields) => fields.Bits(Requeue);
}

/// <summary>Client: redeliver what is unacknowledged.</summary>
public readonly record struct BasicRecover(bool Requeue) : IAmqpMethod<BasicRecover>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicRecover;

    public static BasicRecover Read(ref AmqpFieldReader fields) => new((fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields) => fields.Bits(Requeue);
}

/// <summary>Server: requeued.</summary>
public readonly record struct BasicRecoverOk : IAmqpMethod<BasicRecoverOk>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicRecoverOk;

    public static BasicRecoverOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}

/// <summary>Client: not taken. Server: not confirmed.</summary>
public readonly record struct BasicNack(
    ulong DeliveryTag, bool Multiple, bool Requeue)
    : IAmqpMethod<BasicNack>
{
    public static AmqpMethodId Id => AmqpMethodId.BasicNack;

    public static BasicNack Read(ref AmqpFieldReader fields)
    {
        ulong deliveryTag = fields.LongLong();
        byte bits = fields.Octet();
        return new(deliveryTag, (bits & 1) != 0, (bits & 2) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.LongLong(DeliveryTag);
        fields.Bits(Multiple, Requeue);
    }
}
