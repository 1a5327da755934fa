using Cmq.MultiProtocol.Adapters.RocketMq.Connection;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Connection;

/// <summary>What routes say of this node.</summary>
public sealed class RocketMqAddressesTests
{
    private readonly FakeBroker _broker = new();

    [Fact]
    public void A_group_without_a_port_here_has_no_address() =>
        Assert.Null(new RocketMqAddresses(_broker, new NodeId(1), null).AddressOf(new GroupId(1), "127.0.0.1"));

    [Fact]
    public void A_host_with_colons_stands_in_brackets()
    {
        var addresses = new RocketMqAddresses(_broker, new NodeId(1), null);
        addresses.Open(new GroupId(1), 10_911, "::1");

        Assert.Equal("[::1]:10911", addresses.AddressOf(new GroupId(1), "::1"));
        Assert.Equal("host:10911", addresses.AddressOf(new GroupId(1), "host"));
        Assert.Equal("[::1]:10911", _broker.Advertised["rocketmq:1"]);
    }
}
