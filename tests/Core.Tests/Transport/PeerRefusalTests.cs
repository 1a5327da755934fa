using System.Net;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Microsoft.AspNetCore.Connections;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Who is not talked to (DESIGN.md 7).</summary>
public sealed class PeerRefusalTests
{
    private const string Secret = "correct horse battery";
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    [Fact]
    public async Task A_peer_of_another_cluster_is_refused_with_the_reason_which_is_logged_once()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        await using PeerNode two = await PeerNode.OpenAsync(
            2, hello: PeerNode.HelloOf(2) with { ClusterId = Guid.NewGuid() });
        two.Transport.Start([one.Address]);

        await one.Handler.RefusedThrice;

        Assert.Equal("Information: No connection with node 2: another cluster", await one.Log.Next());
        Assert.Equal(
            "Information: No connection with node 1: refused by the peer: another cluster",
            await two.Log.Next());
        Assert.True(one.Log.IsEmpty);
        Assert.True(two.Log.IsEmpty);
        Assert.Null(one.Transport.Connected(Two));
        Assert.True(one.Handler.HasNoEvent);
    }

    [Fact]
    public async Task What_the_dialling_side_refuses_is_not_connected_on_the_other_side_either()
    {
        await using PeerNode one = await PeerNode.OpenAsync(
            1, hello: PeerNode.HelloOf(9) with { Node = new NodeId(9) });
        await using PeerNode ten = await PeerNode.OpenAsync(10);
        ten.Transport.Start([one.Address with { Id = One }]);

        Assert.Equal(
            "Information: No connection with node 1: node 9 answers where node 1 was dialled",
            await ten.Log.Next());
        Assert.Equal(
            "Information: No connection with node 10: refused by the peer: "
            + "node 9 answers where node 1 was dialled",
            await one.Log.Next());
        Assert.True(one.Handler.HasNoEvent);
    }

    [Theory, InlineData("another horse battery"), InlineData(null)]
    public async Task A_peer_with_another_secret_or_none_never_connects(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, Secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        two.Transport.Start([one.Address]);

        Assert.StartsWith("Information: No connection with node 1: ", await two.Log.Next());
        Assert.StartsWith("Information: Closed a connection of nobody known", await one.Log.Next());
        Assert.True(one.Handler.HasNoEvent);
        Assert.True(two.Handler.HasNoEvent);
    }

    [Fact]
    public async Task A_hello_must_name_the_node_of_its_certificate()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, Secret);
        using var three = new ClusterIdentity(Secret, new NodeId(3));

        (FrameType type, string text) = await RawPeer.AskAsync(one, HelloFrame(PeerNode.HelloOf(2)), three);
        Assert.Equal(FrameType.Refuse, type);
        Assert.Equal("the hello of node 2 comes with the certificate CN=node-3", text);

        (type, _) = await RawPeer.AskAsync(one, HelloFrame(PeerNode.HelloOf(3)), three);
        Assert.Equal(FrameType.Hello, type);
    }

    [Fact]
    public async Task Another_protocol_version_is_refused_whatever_its_hello_looks_like()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        byte[] hello = [.. "cmqdpeer"u8, 2, 0, 0, 0, 99];

        (FrameType type, string text) = await RawPeer.AskAsync(one, RawPeer.Frame(FrameType.Hello, hello));

        Assert.Equal(FrameType.Refuse, type);
        Assert.Equal("peer protocol version 2 does not talk to version 1", text);
    }

    [Fact]
    public async Task A_lower_node_that_dials_is_told_to_wait_and_so_is_one_with_our_own_id()
    {
        await using PeerNode two = await PeerNode.OpenAsync(2);

        Assert.Equal(
            (FrameType.Refuse, "node 1 must be dialled by node 2, the higher one"),
            await RawPeer.AskAsync(two, HelloFrame(PeerNode.HelloOf(1))));
        Assert.Equal(
            (FrameType.Refuse, "node 2 is this node's own id"),
            await RawPeer.AskAsync(two, HelloFrame(PeerNode.HelloOf(2))));
    }

    [Fact]
    public async Task Plain_connections_from_elsewhere_than_loopback_are_closed_unread()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        var connection = new DefaultConnectionContext
        {
            LocalEndPoint = new IPEndPoint(IPAddress.Loopback, 7400),
            RemoteEndPoint = new IPEndPoint(IPAddress.Parse("192.0.2.7"), 50000),
        };

        await one.Transport.HandleAsync(connection);

        Assert.EndsWith(
            "192.0.2.7:50000 to 127.0.0.1:7400 is not loopback: set Cluster:Secret", await one.Log.Next());
    }

    [Fact]
    public async Task Without_a_secret_dialling_does_not_leave_loopback()
    {
        await using PeerNode two = await PeerNode.OpenAsync(2);

        Assert.Throws<ArgumentException>(
            () => two.Transport.Start([new PeerAddress(One, "192.0.2.7", 7400)]));
    }

    [Fact]
    public async Task A_short_secret_is_refused_and_a_long_one_is_not_printed()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => PeerNode.OpenAsync(1, secret: "fifteen letters"));
        Assert.DoesNotContain(
            Secret, new PeerTransportOptions { Node = One, Secret = Secret }.ToString(),
            StringComparison.Ordinal);
    }

    private static byte[] HelloFrame(PeerHello hello) =>
        RawPeer.Frame(FrameType.Hello, new LaneHello(PeerLane.Control, 1, hello).Encode());
}
