namespace Cmq.MultiProtocol.Benchmarks.Load;

public enum Protocol
{
    /// <summary>AMQP 0-9-1, any broker.</summary>
    Amqp,

    /// <summary>MQTT 3.1.1, any broker.</summary>
    Mqtt,

    /// <summary>RocketMQ's remoting protocol.</summary>
    RocketMq,

    /// <summary>The CMQ HTTP API.</summary>
    Cmq,
}
