using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class PeerAddressTests
{
    [Theory]
    [InlineData("10.0.0.4:7400", "10.0.0.4", 7400)]
    [InlineData("broker-4.example:1", "broker-4.example", 1)]
    [InlineData("[fd00::4]:65535", "fd00::4", 65_535)]
    public void An_address_comes_back_as_it_went(string text, string host, int port)
    {
        var address = new PeerAddress(new NodeId(4), host, port);
        Assert.Equal(text, address.HostAndPort);
        Assert.Equal(address, PeerAddress.Read(new NodeId(4), text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("node 4")]
    [InlineData(":7400")]
    [InlineData("host:")]
    [InlineData("host:0")]
    [InlineData("host:65536")]
    [InlineData("host:-1")]
    public void What_is_no_address_is_none(string text) => Assert.Null(PeerAddress.Read(new NodeId(4), text));
}
