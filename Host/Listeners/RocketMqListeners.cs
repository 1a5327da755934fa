using System.Net;
using System.Net.Sockets;
using Cmq.MultiProtocol.Adapters.RocketMq.Connection;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Host.Configuration;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>The RocketMQ door: a pair of ports per data group, because a request names a topic and a queue
/// but no broker (DESIGN section 6), and the name server, which opens last so that routes lead to open ports.
/// Clients of 4.1.0 expect the second port of a pair 2 below the first ("VIP channel").</summary>
internal sealed class RocketMqListeners
{
    private const int PortStep = 10;
    private const int VipDistance = 2;

    /// <summary>Data groups that hold queues of RocketMQ: so many services a node can advertise.</summary>
    private const int MaxGroups = 64;

    /// <summary>With port 0: pairs tried until both ports are free.</summary>
    private const int MaxTries = 100;

    private readonly HostOptions _options;
    private readonly RocketMqDoor _door;
    private readonly RocketMqAddresses _addresses;
    private readonly RocketMqConnection _connection;

    public RocketMqListeners(HostOptions options, BrokerNode node, TimeProvider time, ILoggerFactory loggers)
    {
        _options = options;
        _addresses = new RocketMqAddresses(node.Broker, options.Node.Id, options.RocketMqAdvertise);
        _door = new RocketMqDoor(node.Broker, options.RocketMq, _addresses);
        _connection = new RocketMqConnection(_door, time, loggers.CreateLogger<RocketMqConnection>());
        Checker = new RocketMqChecker(
            _door, options.Node.Id, time, loggers.CreateLogger<RocketMqChecker>());
    }

    /// <summary>To be put away when the node stops.</summary>
    public RocketMqChecker Checker { get; }

    /// <summary>Opens what is switched on.</summary>
    /// <param name="open">Opens one listener and prints its start-up line.</param>
    /// <exception cref="StartException">A port is taken.</exception>
    public async Task OpenAsync(Func<ListenerPlan, Task<Listener>> open, CancellationToken stop)
    {
        if (_options.RocketMqBrokerListen is { } first)
        {
            int port = first.Port;
            foreach (GroupId group in _door.Broker.ListGroups(RocketMqService.NameOf(GroupId.Directory))
                .Select(leader => leader.Group).Take(MaxGroups).ToArray())
            {
                int upper = first.Port == 0 ? await FreePairAsync(first, stop) : port;
                IPEndPoint bound = await OpenPairAsync(first with { Port = upper }, group, open);
                _addresses.Open(group, bound.Port, HostOf(bound.Address));
                port += PortStep;
            }
        }
        if (_options.RocketMqNameServerListen is { } names)
            await open(Plan("rocketmq-namesrv", names, _connection.OnNameServerAsync));
    }

    /// <summary>What other nodes tell their clients where nothing is advertised: nobody can dial "any
    /// address".</summary>
    private static string HostOf(IPAddress bound) =>
        bound.Equals(IPAddress.Any) || bound.Equals(IPAddress.IPv6Any) ? Dns.GetHostName() : bound.ToString();

    private async Task<IPEndPoint> OpenPairAsync(
        ListenAddress address, GroupId group, Func<ListenerPlan, Task<Listener>> open)
    {
        Listener main = await open(Broker("rocketmq", address, group));
        await open(Broker("rocketmq-vip", address with { Port = address.Port - VipDistance }, group));
        return main.Bound;
    }

    /// <summary>Finds two free ports of the right distance. Whoever takes one of them before we do ends the
    /// start, as with ports that were asked for.</summary>
    private static async Task<int> FreePairAsync(ListenAddress address, CancellationToken stop)
    {
        IPEndPoint any = await address.ResolveAsync(stop);
        for (int tries = 1; ; tries++)
        {
            using Socket lower = Probe(any);
            int port = ((IPEndPoint)lower.LocalEndPoint!).Port + VipDistance;
            if (port > IPEndPoint.MaxPort)
                continue;
            try
            {
                using Socket upper = Probe(new IPEndPoint(any.Address, port));
                return port;
            }
            catch (SocketException taken) when (taken.SocketErrorCode == SocketError.AddressAlreadyInUse)
            {
                if (tries == MaxTries)
                    throw new StartException($"found no free pair of ports at {address} in {MaxTries} tries", taken);
            }
        }
    }

    private static Socket Probe(IPEndPoint wanted)
    {
        var probe = new Socket(wanted.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            probe.Bind(wanted);
            return probe;
        }
        catch (SocketException)
        {
            probe.Dispose();
            throw;
        }
    }

    private ListenerPlan Broker(string kind, ListenAddress address, GroupId group) =>
        Plan($"{kind}-{group}", address, context => _connection.OnBrokerAsync(context, group));

    private ListenerPlan Plan(string name, ListenAddress address, Func<ConnectionContext, Task> serve) =>
        new(name, address)
        {
            MaxConnections = _options.Node.Limits.MaxConnections,
            Connections = listen => listen.Run(context => serve(context)),
        };
}
