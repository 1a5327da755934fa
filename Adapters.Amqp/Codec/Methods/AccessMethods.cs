namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: asks for a ticket, a relic of 0-8.</summary>
public readonly record struct AccessRequest(
    string Realm, bool Exclusive, bool Passive, bool ForActive, bool ForWrite, bool ForRead)
    : IAmqpMethod<AccessRequest>
{
    public static AmqpMethodId Id => AmqpMethodId.AccessRequest;

    public static AccessRequest Read(ref AmqpFieldReader fields)
    {
        string realm = fields.ShortString();
        byte bits = fields.Octet();
        return new(
            realm, (bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0,
            (bits & 8) != 0, (bits & 16) != 0);
    }

    public void Write(AmqpFieldWriter fields)
    {
        fields.ShortString(Realm);
        fields.Bits(Exclusive, Passive, ForActive, ForWrite, ForRead);
    }
}

/// <summary>Server: the ticket, ignored everywhere.</summary>
public readonly record struct AccessRequestOk(ushort Ticket) : IAmqpMethod<AccessRequestOk>
{
    public static AmqpMethodId Id => AmqpMethodId.AccessRequestOk;

    public static AccessRequestOk Read(ref AmqpFieldReader fields) => new(fields.Short());

    public void Write(AmqpFieldWriter fields) => fields.Short(Ticket);
}
