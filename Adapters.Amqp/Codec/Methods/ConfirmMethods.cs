namespace Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;

/// <summary>Client: asks for confirms.</summary>
public readonly record struct ConfirmSelect(bool NoWait) : IAmqpMethod<ConfirmSelect>
{
    public static AmqpMethodId Id => AmqpMethodId.ConfirmSelect;

    public static ConfirmSelect Read(ref AmqpFieldReader fields) => new((fields.Octet() & 1) != 0);

    public void Write(AmqpFieldWriter fields) => fields.Bits(NoWait);
}

/// <summary>Server: publishes are counted from 1.</summary>
public readonly record struct ConfirmSelectOk : IAmqpMethod<ConfirmSelectOk>
{
    public static AmqpMethodId Id => AmqpMethodId.ConfirmSelectOk;

    public static ConfirmSelectOk Read(ref AmqpFieldReader fields) => default;

    public void Write(AmqpFieldWriter fields)
    {
    }
}
