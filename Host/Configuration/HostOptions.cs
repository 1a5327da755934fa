using Cmq.MultiProtocol.Adapters.Amqp;
using Cmq.MultiProtocol.Adapters.Http;
using Cmq.MultiProtocol.Adapters.Mqtt;
using Cmq.MultiProtocol.Adapters.RocketMq;
using Cmq.MultiProtocol.Core.Cluster;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Configuration;

/// <summary>Everything that the process was configured with.</summary>
internal sealed record HostOptions
{
    /// <summary>What goes on to the node; its property readers are the composition's to add.</summary>
    public required NodeOptions Node { get; init; }

    public required ListenAddress? ClusterListen { get; init; }

    public required ListenAddress? AdminListen { get; init; }

    public required DoorOptions AmqpDoor { get; init; }

    public required AmqpOptions Amqp { get; init; }

    public required DoorOptions HttpDoor { get; init; }

    public required HttpOptions Http { get; init; }

    public required DoorOptions MqttDoor { get; init; }

    public required ListenAddress? MqttWebSocketListen { get; init; }

    public required MqttOptions Mqtt { get; init; }

    public required ListenAddress? RocketMqNameServerListen { get; init; }

    /// <summary>Of the first data group; port 0: free pairs.</summary>
    public required ListenAddress? RocketMqBrokerListen { get; init; }

    /// <summary>Host that routes name; null: the one that the client dialled.</summary>
    public required string? RocketMqAdvertise { get; init; }

    public required RocketMqOptions RocketMq { get; init; }

    /// <summary>Given whenever a TLS listener is on.</summary>
    public required CertificateFiles? Tls { get; init; }

    public required TimeSpan StopTimeout { get; init; }

    public required LogLevel LogLevel { get; init; }
}
