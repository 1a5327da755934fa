using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>One open listener: a Kestrel server of its own, so that each can be opened and stopped by itself and
/// Kestrel's limits, which are per server, are per listener.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly WebApplication _server;

    private Listener(string name, IPEndPoint bound, WebApplication server)
    {
        Name = name;
        Bound = bound;
        _server = server;
    }

    public string Name { get; }

    /// <summary>The address with the real port.</summary>
    public IPEndPoint Bound { get; }

    /// <exception cref="StartException">The address cannot be bound.</exception>
    public static async Task<Listener> OpenAsync(
        ListenerPlan plan, ReloadingCertificate? certificate, ILoggerFactory loggers, CancellationToken cancellation)
    {
        try
        {
            IPEndPoint wanted = await plan.Address.ResolveAsync(cancellation);
            ListenOptions? listening = null;
            WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.Services.AddSingleton(loggers);
            builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
            builder.WebHost.UseKestrelCore().ConfigureKestrel(server =>
            {
                server.AddServerHeader = false;
                server.Limits.MaxConcurrentConnections = plan.MaxConnections;
                plan.Server?.Invoke(server);
                server.Listen(wanted, listen =>
                {
                    listening = listen;
                    listen.Protocols = HttpProtocols.Http1;
                    if (plan.Tls)
                        UseTls(listen, certificate!);
                    plan.Connections?.Invoke(listen);
                });
            });

            if (plan.Sockets is { } sockets)
                builder.WebHost.UseSockets(sockets);
            if (plan.Blocks is { } blocks)
                UseBlocks(builder.Services, blocks);
            WebApplication server = builder.Build();
            if (plan.Requests is { } handler)
                server.Run(handler);
            await server.StartAsync(cancellation);
            return new Listener(plan.Name, listening!.IPEndPoint!, server);
        }
        catch (Exception failure) when (failure is IOException or SocketException)
        {
            throw new StartException($"cannot listen on {plan.Name} {plan.Address}: {failure.Message}", failure);
        }
    }

    /// <summary>Stops accepting, asks connections to close, and aborts those that are left when
    /// <paramref name="patience"/> runs out.</summary>
    public Task StopAsync(CancellationToken patience) => _server.StopAsync(patience);

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private static void UseBlocks(IServiceCollection services, BlockStock blocks)
    {
        // Kestrel's own has no public name, but the small blocks shall be its.
        ServiceDescriptor kestrels = services.Last(service => service.ServiceType == typeof(IMemoryPoolFactory<byte>));
        services.AddSingleton<IMemoryPoolFactory<byte>>(provider => new BlockPoolFactory(
            blocks,
            (IMemoryPoolFactory<byte>)(kestrels.ImplementationInstance
                ?? kestrels.ImplementationFactory?.Invoke(provider)
                ?? ActivatorUtilities.CreateInstance(provider, kestrels.ImplementationType!))));
    }

    private static void UseTls(ListenOptions listen, ReloadingCertificate certificate) =>
        listen.UseHttps(new TlsHandshakeCallbackOptions
        {
            OnConnection = _ => ValueTask.FromResult(certificate.ServerOptions()),
        });

    /// <summary>Signals are the process's to handle, once, and not each server's.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
