using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>The listeners of the MQTT door: TCP, TLS, WebSocket.</summary>
internal static class MqttListeners
{
    /// <summary>Headers of an upgrade request, in bytes and a count.</summary>
    private const int MaxHeadersBytes = 16 * 1024;
    private const int MaxHeaders = 50;

    public static IEnumerable<ListenerPlan> Plans(HostOptions options, MqttConnection mqtt)
    {
        foreach (ListenerPlan plan in ListenerPlans.Door("mqtt", "mqtts", options, options.MqttDoor, plan => plan with
        {
            Connections = listen => listen.Run(mqtt.OnConnectedAsync),
        }))
            yield return plan;
        if (options.MqttWebSocketListen is { } address)
            yield return new ListenerPlan("mqtt-ws", address)
            {
                MaxConnections = options.Node.Limits.MaxConnections,
                Server = server =>
                {
                    server.Limits.MaxRequestHeadersTotalSize = MaxHeadersBytes;
                    server.Limits.MaxRequestHeaderCount = MaxHeaders;
                    server.Limits.RequestHeadersTimeout = TimeSpan.FromMilliseconds(options.Mqtt.ConnectTimeoutMs);
                    server.Limits.MaxConcurrentUpgradedConnections = options.Node.Limits.MaxConnections;
                },
                Requests = mqtt.HandleAsync,
            };
    }
}
