using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>What this node advertises to clients, and who leads what.</content>
public sealed partial class BrokerNode
{
    private readonly Lock _servicesGate = new();
    private volatile IReadOnlyList<ServiceAddress> _services = [];

    public IReadOnlyList<GroupLeader> ListGroups(string service)
    {
        DirectorySnapshot directory = Directory;
        var groups = new GroupLeader[directory.DataGroups];
        for (int i = 0; i < groups.Length; i++)
        {
            var group = new GroupId(i + 1);
            NodeId leader = LeaderOf(group);
            // What this node advertises itself is known before the directory has it.
            string? address = leader == Self
                ? _services.FirstOrDefault(one => one.Service == service)?.Address
                : directory.FindNode(leader)?.AddressOf(service);
            groups[i] = new GroupLeader(group, leader, address);
        }

        return groups;
    }

    public void Advertise(string service, string address)
    {
        if (!EntityName.IsGood(service))
            throw new ArgumentException($"a service's name has 1 to {EntityName.MaxBytes} bytes", nameof(service));
        if (!EntityName.IsGood(address))
            throw new ArgumentException($"an address has 1 to {EntityName.MaxBytes} bytes", nameof(address));
        lock (_servicesGate)
        {
            List<ServiceAddress> services =
                [.. _services.Where(one => one.Service != service), new ServiceAddress(service, address)];
            if (services.Count > NodeInfo.MaxServices)
                throw new InvalidOperationException($"a node advertises at most {NodeInfo.MaxServices} services");
            services.Sort(static (a, b) => string.CompareOrdinal(a.Service, b.Service));
            _services = services;
        }
    }
}
