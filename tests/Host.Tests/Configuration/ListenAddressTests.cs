using System.Net;
using Cmq.MultiProtocol.Host.Configuration;

namespace Cmq.MultiProtocol.Host.Tests.Configuration;

public sealed class ListenAddressTests
{
    [Theory]
    [InlineData("127.0.0.1:5672", "127.0.0.1", 5672, true)]
    [InlineData("0.0.0.0:0", "0.0.0.0", 0, false)]
    [InlineData("[::1]:5672", "::1", 5672, true)]
    [InlineData("[::]:65535", "::", 65535, false)]
    [InlineData("localhost:80", "localhost", 80, true)]
    [InlineData("*:80", "*", 80, false)]
    [InlineData("broker-1.example.com:80", "broker-1.example.com", 80, false)]
    public void An_address_is_read_and_written_as_it_was_typed(string text, string host, int port, bool loopback)
    {
        Assert.True(ListenAddress.TryParse(text, out ListenAddress address, out _));
        Assert.Equal(new ListenAddress(host, port), address);
        Assert.Equal(loopback, address.IsLoopback);
        Assert.Equal(text, address.ToString());
    }

    [Theory]
    [InlineData("5672")]
    [InlineData(":5672")]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.1:")]
    [InlineData("127.0.0.1:-1")]
    [InlineData("127.0.0.1:65536")]
    [InlineData("127.0.0.1:99999999999999999999")]
    [InlineData("127.0.0.1:amqp")]
    [InlineData("::1:5672")]
    [InlineData("[::1:5672")]
    [InlineData("[127.0.0.1]:5672")]
    [InlineData("a b:5672")]
    [InlineData("http://localhost:5672")]
    public void What_is_no_address_is_refused_with_a_reason(string text)
    {
        Assert.False(ListenAddress.TryParse(text, out _, out string problem));
        Assert.NotEmpty(problem);
    }

    [Theory]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("0.0.0.0:1", "0.0.0.0:1")]
    [InlineData("[::1]:2", "[::1]:2")]
    [InlineData("localhost:3", "127.0.0.1:3")]
    public async Task An_address_resolves_to_what_is_bound(string text, string bound)
    {
        Assert.True(ListenAddress.TryParse(text, out ListenAddress address, out _));

        Assert.Equal(IPEndPoint.Parse(bound), await address.ResolveAsync(CancellationToken.None));
    }
}
