using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>What all connections of this node share.</summary>
internal sealed record MqttServer(MqttNode Node, MqttWheel Wheel, TimeProvider Time, ILogger Logger)
{
    public long UnixMs => Time.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Serves one client until it or we end it.</summary>
    public async Task ServeAsync(MqttTransport transport)
    {
        using var loop = new MqttLoop(transport, this);
        string peer = $"{transport.Remote}";
        try
        {
            await loop.RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException
            or ConnectionAbortedException or OperationCanceledException)
        {
            MqttTrace.Ended(Logger, transport.Id, peer, gone.Message);
        }
#pragma warning disable CA1031 // Our own fault; it costs this connection, the node and the other clients go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            MqttTrace.Failed(Logger, fault, transport.Id, peer);
        }
    }
}
