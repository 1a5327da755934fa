namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>What is started for a case.</summary>
public enum Setup
{
    /// <summary>Three nodes on loopback; ours, and RabbitMQ with a quorum queue.</summary>
    ThreeNodes,

    /// <summary>One node; ours, and RabbitMQ with a durable classic queue.</summary>
    OneNode,

    /// <summary>One node; ours, and mosquitto.</summary>
    Mqtt,

    /// <summary>One node, ours with many queues, and ours with one.</summary>
    ManyQueues,
}
