namespace Cmq.MultiProtocol.Interop;

/// <summary>What a test needs on the machine.</summary>
public enum ClientKind
{
    /// <summary>npm amqplib and rabbitmq-client, in interop-tests/amqp-node.</summary>
    AmqpNode,

    /// <summary>npm qcloudapi-sdk and cmq-sdk, in interop-tests/cmq-node.</summary>
    CmqNode,

    /// <summary>Debian's python3-pika.</summary>
    Pika,

    /// <summary>Debian's amqp-tools.</summary>
    AmqpTools,

    /// <summary>npm mqtt and ali-ons under load, in interop-tests/durability-node.</summary>
    DurabilityNode,
}
