using Cmq.MultiProtocol.Core.Broker;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>The AMQP 0-9-1 door: one call per client, for Kestrel's <c>UseConnectionHandler</c>. Thread-safe.
/// </summary>
public sealed class AmqpConnection(
    IBroker broker, AmqpOptions options, TimeProvider time, ILogger<AmqpConnection> logger) : ConnectionHandler
{
    /// <summary>Serves one client until it or we end it.</summary>
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        using var loop = new AmqpLoop(connection, broker, options, time, logger);
        try
        {
            await loop.RunAsync().ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is IOException or ConnectionAbortedException or OperationCanceledException)
        {
            AmqpTrace.Ended(logger, connection.ConnectionId, $"{connection.RemoteEndPoint}", gone.Message);
        }
#pragma warning disable CA1031 // Our own fault; it costs this connection, the node and the other clients go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            AmqpTrace.Failed(logger, fault, connection.ConnectionId, $"{connection.RemoteEndPoint}");
        }
    }
}
