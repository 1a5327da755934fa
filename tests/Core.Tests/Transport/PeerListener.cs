using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>A cluster listener as the host makes it: Kestrel on a free port, connections handed on.</summary>
internal sealed class PeerListener : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<ConnectionContext, bool> _connections = new();

    private PeerListener(WebApplication app) => _app = app;

    public Func<ConnectionContext, Task> Handle { get; set; } = connection => Task.CompletedTask;

    public int Port => new Uri(_app.Urls.Single()).Port;

    public static async Task<PeerListener> StartAsync()
    {
        PeerListener? listener = null;
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback, 0, listen => listen.Run(connection => listener!.HandleAsync(connection))));
        listener = new PeerListener(builder.Build());
        await listener._app.StartAsync();
        return listener;
    }

    /// <summary>Breaks one of the accepted connections, as a network would.</summary>
    public void BreakOne() => _connections.Keys.First().Abort(new ConnectionAbortedException("test"));

    public async ValueTask DisposeAsync()
    {
        foreach (ConnectionContext connection in _connections.Keys)
            connection.Abort(new ConnectionAbortedException("test ends"));
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task HandleAsync(ConnectionContext connection)
    {
        _connections.TryAdd(connection, true);
        await Handle(connection);
        _connections.TryRemove(connection, out _);
    }
}
