using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>What all connections of this node share.</summary>
internal sealed record MqttServer(MqttNode Node, MqttWheel Wheel, TimeProvider Time, ILogger Logger)
{
    public long UnixMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Serves one client until it or we end it. Never fails.</summary>
    public Task ServeAsync(MqttTransport transport) => new MqttLoop(transport, this).RunAsync();
}
