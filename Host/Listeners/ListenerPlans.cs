using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Connection;
using Cmq.MultiProtocol.Adapters.Http.Connection;
using Cmq.MultiProtocol.Adapters.Http.State;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Host.Admin;
using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>The composition: which listener is served by what. A new protocol is added here, in
/// <see cref="NodeProcess"/> where its handler is made, and in its settings.</summary>
internal static class ListenerPlans
{
    /// <summary>Of the admin listener, a count: probes, and people.</summary>
    private const int MaxAdminConnections = 1_000;

    /// <summary>Of the blocks that what peers send is read into: as much as an entry of the log mostly has.</summary>
    private const int PeerBlockBytes = 64 * 1024;

    /// <summary>A count. A lane holds one while it waits for its peer, and some more while it is busy.</summary>
    private const int MaxPeerBlocks = 128;

    /// <summary>Of the blocks that what clients send is read into.</summary>
    private const int ClientBlockBytes = 16 * 1024;

    /// <summary>A count, of all doors together: clients of which something is being read or written just now.</summary>
    private const int MaxClientBlocks = 128;

    /// <summary>One per protocol whose property blocks are stored.</summary>
    public static IReadOnlyList<IPropertyReader> PropertyReaders =>
        [new AmqpPropertyReader(), new HttpPropertyReader(), new MqttPropertyReader(), new RocketMqPropertyReader()];

    /// <summary>For the listeners of all protocols of a node.</summary>
    public static BlockStock ClientBlocks() => new(ClientBlockBytes, MaxClientBlocks);

    public static IEnumerable<ListenerPlan> Admin(HostOptions options, AdminEndpoint admin)
    {
        if (options.AdminListen is { } address)
            yield return new ListenerPlan("admin", address)
            {
                MaxConnections = MaxAdminConnections,
                Requests = admin.HandleAsync,
            };
    }

    public static IEnumerable<ListenerPlan> Cluster(HostOptions options, BrokerNode node)
    {
        if (options.ClusterListen is { } address)
            yield return new ListenerPlan("cluster", address)
            {
                Connections = listen => listen.Run(node.HandlePeerAsync),
                Blocks = new BlockStock(PeerBlockBytes, MaxPeerBlocks),
                // As where they are dialled (DialledConnection): few, and busy.
                Sockets = sockets =>
                {
                    sockets.WaitForDataBeforeAllocatingBuffer = false;
                    sockets.UnsafePreferInlineScheduling = true;
                },
            };
    }

    /// <summary>The protocols' listeners.</summary>
    public static IEnumerable<ListenerPlan> Clients(
        HostOptions options, AmqpConnection amqp, HttpEndpoint http) =>
    [
        .. Door("amqp", "amqps", options, options.AmqpDoor, plan => plan with
        {
            Connections = listen => listen.Run(amqp.OnConnectedAsync),
        }),
        .. Door("http", "https", options, options.HttpDoor, plan => plan with
        {
            Server = server => HttpEndpoint.Configure(server, options.Http),
            Requests = http.HandleAsync,
        }),
    ];

    /// <summary>The plain and the TLS listener of a protocol.</summary>
    public static IEnumerable<ListenerPlan> Door(
        string name, string tlsName, HostOptions options, DoorOptions door, Func<ListenerPlan, ListenerPlan> serve)
    {
        int most = options.Node.Limits.MaxConnections;
        if (door.Listen is { } plain)
            yield return serve(new ListenerPlan(name, plain) { MaxConnections = most });
        if (door.TlsListen is { } tls)
            yield return serve(new ListenerPlan(tlsName, tls) { MaxConnections = most, Tls = true });
    }
}
