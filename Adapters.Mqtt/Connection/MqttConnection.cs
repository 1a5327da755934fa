using System.Buffers.Text;
using System.Security.Cryptography;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>The MQTT door: one call per client, for Kestrel's <c>UseConnectionHandler</c>, and a request handler for
/// clients that come by WebSocket. Thread-safe.</summary>
public sealed class MqttConnection : ConnectionHandler, IAsyncDisposable
{
    private readonly MqttServer _server;
    private readonly MqttWebSockets _sockets;

    public MqttConnection(IBroker broker, MqttOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        ArgumentNullException.ThrowIfNull(time);
        var figures = new MqttFigures(time.GetUtcNow().ToUnixTimeMilliseconds());
        _server = new MqttServer(new MqttNode(broker, options, figures, NewName), new MqttWheel(time), time,
            loggers.CreateLogger<MqttConnection>());
        _sockets = new MqttWebSockets(_server, loggers);
        if (options.Presence)
            broker.WatchLost(new MqttLostClients(_server.Node, time));
    }

    public MqttFigures Figures => _server.Node.Figures;

    public override Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        return _server.ServeAsync(new MqttSocketTransport(connection));
    }

    /// <summary>Serves a client over WebSocket; answers 4xx to what is none.</summary>
    public Task HandleAsync(HttpContext context) => _sockets.HandleAsync(context);

    public ValueTask DisposeAsync()
    {
        _server.Wheel.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>22 characters of base64url out of 16 random bytes.</summary>
    private static string NewName() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));
}
