namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>A method's fields and their encoding; class and method id are the <see cref="Id"/>.</summary>
public interface IAmqpMethod<TSelf>
    where TSelf : struct, IAmqpMethod<TSelf>
{
    static abstract AmqpMethodId Id { get; }

    /// <summary>Reads the fields behind the ids.</summary>
    /// <exception cref="AmqpProtocolException">501: they end too early.</exception>
    static abstract TSelf Read(ref AmqpFieldReader fields);

    void Write(AmqpFieldWriter fields);
}
