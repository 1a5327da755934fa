using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Connection;

/// <summary>The RocketMQ doors: one call per client, for Kestrel's <c>Run</c>. Thread-safe.</summary>
public sealed class RocketMqConnection(RocketMqDoor door, TimeProvider time, ILogger<RocketMqConnection> logger)
{
    /// <summary>Serves one client of the name server.</summary>
    public Task OnNameServerAsync(ConnectionContext connection) => ServeAsync(connection, GroupId.Directory);

    /// <summary>Serves one client of a data group's broker name; the same on both of its ports.</summary>
    public Task OnBrokerAsync(ConnectionContext connection, GroupId group) => ServeAsync(connection, group);

    private async Task ServeAsync(ConnectionContext connection, GroupId group)
    {
        ArgumentNullException.ThrowIfNull(connection);
        try
        {
            using var loop = new RocketMqLoop(connection, group, door, time, logger);
            await loop.RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            RocketMqTrace.Ended(logger, connection.ConnectionId, $"{connection.RemoteEndPoint}", gone.Message);
        }
#pragma warning disable CA1031 // Our own fault; it costs this connection, the node and the other clients go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            RocketMqTrace.Failed(logger, fault, connection.ConnectionId, $"{connection.RemoteEndPoint}");
        }
    }
}
