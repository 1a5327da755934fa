using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>A listener that is to be opened, and who serves it.</summary>
/// <param name="Name">What its start-up line calls it.</param>
/// <param name="Address">Where.</param>
internal sealed record ListenerPlan(string Name, ListenAddress Address)
{
    /// <summary>With the configured certificate.</summary>
    public bool Tls { get; init; }

    /// <summary>Open at a time; more are closed at once.</summary>
    public int MaxConnections { get; init; } = int.MaxValue;

    /// <summary>Kestrel's limits for it.</summary>
    public Action<KestrelServerOptions>? Server { get; init; }

    /// <summary>How its sockets are served; null: as is best for many connections that are mostly idle.</summary>
    public Action<SocketTransportOptions>? Sockets { get; init; }

    /// <summary>Large blocks of memory for its connections; null: Kestrel's small ones only.</summary>
    public BlockStock? Blocks { get; init; }

    /// <summary>Hands connections to a protocol of our own; null: HTTP, answered by <see cref="Requests"/>.</summary>
    public Action<ListenOptions>? Connections { get; init; }

    public RequestDelegate? Requests { get; init; }
}
