namespace Cmq.MultiProtocol.Interop;

/// <summary>What a test needs on the machine.</summary>
public enum ClientKind
{
    /// <summary>npm amqplib and rabbitmq-client, in interop-tests/amqp-node.</summary>
    AmqpNode,

    /// <summary>npm qcloudapi-sdk and cmq-sdk, in interop-tests/cmq-node.</summary>
    CmqNode,

    /// <summary>npm ali-ons, in interop-tests/rocketmq-node.</summary>
    RocketMqNode,

    /// <summary>Debian's python3-pika.</summary>
    Pika,

    /// <summary>Debian's amqp-tools.</summary>
    AmqpTools,

    /// <summary>npm mqtt, in interop-tests/mqtt-node.</summary>
    MqttNode,

    /// <summary>Debian's python3-paho-mqtt.</summary>
    Paho,

    /// <summary>Debian's mosquitto-clients.</summary>
    Mosquitto,

    /// <summary>curl and openssl.</summary>
    Curl,

    /// <summary>npm mqtt and ali-ons under load, in interop-tests/durability-node.</summary>
    DurabilityNode,

    /// <summary>npm amqplib, mqtt, ali-ons and qcloudapi-sdk, in interop-tests/matrix.</summary>
    Matrix,
}
