using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Two nodes, real sockets on loopback.</summary>
public sealed class PeerTransportTests
{
    private const string Secret = "correct horse battery";
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);

    public static TheoryData<string?> PlainAndTls => [null, Secret];

    [Theory, MemberData(nameof(PlainAndTls))]
    public async Task Messages_of_a_lane_arrive_in_order_in_both_directions(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        await ConnectAsync(one, two);

        int[] sizes = [0, 1, 512, 513, 4096, 4097, 70_000, 300_000];
        for (int i = 0; i < 400; i++)
        {
            foreach (PeerLane lane in Enum.GetValues<PeerLane>())
            {
                int size = sizes[i % sizes.Length];
                Assert.True(one.Transport.Send(Two, lane, MessageOf(i, size)));
                Assert.True(two.Transport.Send(One, lane, MessageOf(i + 1000, size)));
            }

            // Keeps below the bounds of the queues.
            await Task.WhenAll(ExpectAsync(two, One, i), ExpectAsync(one, Two, i + 1000));
        }

        async Task ExpectAsync(PeerNode at, NodeId from, int number)
        {
            var lanes = new HashSet<PeerLane>();
            for (int lane = 0; lane < 3; lane++)
            {
                (NodeId sender, PeerLane lane2, PeerMessage message) = await at.Handler.NextMessage();
                Assert.Equal(from, sender);
                Assert.True(lanes.Add(lane2));
                AssertEqual(MessageOf(number, message.Payload.Length), message);
                Assert.Equal(sizes[number % 1000 % sizes.Length], message.Payload.Length);
            }
        }
    }

    [Theory, MemberData(nameof(PlainAndTls))]
    public async Task A_burst_of_small_and_large_messages_keeps_its_order(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        await ConnectAsync(one, two);

        for (int i = 0; i < 5000; i++)
            Assert.True(
                two.Transport.Send(One, PeerLane.Data, MessageOf(i, i % 100 == 0 ? 50_000 : i % 700)));

        for (int i = 0; i < 5000; i++)
            AssertEqual(
                MessageOf(i, i % 100 == 0 ? 50_000 : i % 700), (await one.Handler.NextMessage()).Message);
    }

    [Theory, MemberData(nameof(PlainAndTls))]
    public async Task A_message_of_64_MiB_and_a_bit_arrives_whole_though_it_exceeds_the_queue(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        await ConnectAsync(one, two);

        PeerMessage large = MessageOf(42, (64 << 20) + 4321);
        Assert.True(one.Transport.Send(Two, PeerLane.Bulk, large));

        (_, PeerLane lane, PeerMessage received) = await two.Handler.NextMessage();
        Assert.Equal(PeerLane.Bulk, lane);
        AssertEqual(large, received);
    }

    [Theory, MemberData(nameof(PlainAndTls))]
    public async Task When_one_lane_breaks_both_sides_hear_of_it_once_and_connect_again(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        await ConnectAsync(one, two);

        for (int round = 0; round < 3; round++)
        {
            one.BreakOneConnection();
            foreach (PeerNode node in new[] { one, two })
            {
                NodeId other = node == one ? Two : One;
                Assert.Equal($"disconnected {other}", await node.Handler.NextEvent());
                Assert.Equal($"connected {other} incarnation 1", await node.Handler.NextEvent());
            }
        }

        Assert.True(one.Handler.HasNoEvent);
        Assert.True(two.Transport.Send(One, PeerLane.Control, MessageOf(1, 10)));
        AssertEqual(MessageOf(1, 10), (await one.Handler.NextMessage()).Message);
    }

    [Fact]
    public async Task After_a_reset_by_either_side_both_say_anew_who_they_are()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, hello: PeerNode.HelloOf(1) with { ClusterId = Guid.Empty });
        await using PeerNode two = await PeerNode.OpenAsync(2, hello: PeerNode.HelloOf(2) with { ClusterId = Guid.Empty });
        await ConnectAsync(one, two);
        Assert.Equal(Guid.Empty, one.Transport.Connected(Two)!.ClusterId);

        one.Handler.Hello = PeerNode.HelloOf(1);
        two.Handler.Hello = PeerNode.HelloOf(2);
        foreach ((PeerNode resetting, NodeId other) in new[] { (one, Two), (two, One) })
        {
            resetting.Transport.Reset(other);
            foreach (PeerNode node in new[] { one, two })
            {
                NodeId there = node == one ? Two : One;
                Assert.Equal($"disconnected {there}", await node.Handler.NextEvent());
                Assert.Equal($"connected {there} incarnation 1", await node.Handler.NextEvent());
            }

            Assert.Equal(PeerNode.Cluster, one.Transport.Connected(Two)!.ClusterId);
        }
    }

    [Fact]
    public async Task A_node_that_starts_later_is_reached_by_redialling()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        PeerAddress gone;
        await using (PeerNode two = await PeerNode.OpenAsync(2))
        {
            await ConnectAsync(one, two);
            gone = two.Address;
        }

        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
        Assert.Null(one.Transport.Connected(Two));
        Assert.False(one.Transport.Send(Two, PeerLane.Data, MessageOf(1, 1)));

        await using PeerNode again = await PeerNode.OpenAsync(2, hello: PeerNode.HelloOf(2, incarnation: 2));
        again.Transport.Start([one.Address, gone]);
        Assert.Equal("connected 2 incarnation 2", await one.Handler.NextEvent());
        Assert.Equal(PeerNode.HelloOf(2, incarnation: 2), one.Transport.Connected(Two));
    }

    [Fact]
    public async Task Disposing_reports_the_end_of_each_connection_before_it_returns()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        await using PeerNode two = await PeerNode.OpenAsync(2);
        await ConnectAsync(one, two);

        await two.Transport.DisposeAsync();

        Assert.False(two.Handler.HasNoEvent);
        Assert.Equal("disconnected 1", await two.Handler.NextEvent());
        Assert.False(two.Transport.Send(One, PeerLane.Control, MessageOf(1, 1)));
    }

    [Fact]
    public async Task A_message_too_large_for_its_lane_is_dropped_and_costs_no_connection()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        await using PeerNode two = await PeerNode.OpenAsync(2);
        await ConnectAsync(one, two);

        Assert.False(one.Transport.Send(Two, PeerLane.Control, MessageOf(1, (1 << 20) + 1)));
        Assert.True(one.Transport.Send(Two, PeerLane.Control, MessageOf(2, 1 << 20)));

        AssertEqual(MessageOf(2, 1 << 20), (await two.Handler.NextMessage()).Message);
    }

    [Fact]
    public async Task Three_nodes_all_connect()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, Secret);
        await using PeerNode two = await PeerNode.OpenAsync(2, Secret);
        await using PeerNode three = await PeerNode.OpenAsync(3, Secret);
        PeerNode[] nodes = [one, two, three];
        PeerAddress[] all = [.. nodes.Select(node => node.Address)];
        foreach (PeerNode node in nodes)
            node.Transport.Start(all);

        foreach (PeerNode node in nodes)
        {
            string[] heard = [await node.Handler.NextEvent(), await node.Handler.NextEvent()];
            Assert.Equal(
                all.Where(peer => peer.Id != node.Id).Select(peer => $"connected {peer.Id} incarnation 1"),
                heard.Order());
        }
    }

    private static async Task ConnectAsync(PeerNode one, PeerNode two)
    {
        one.Transport.Start([one.Address, two.Address]);
        two.Transport.Start([one.Address, two.Address]);
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());
        Assert.Equal("connected 1 incarnation 1", await two.Handler.NextEvent());
    }

    private static PeerMessage MessageOf(int number, int size)
    {
        byte[] payload = new byte[size];
        new Random(number).NextBytes(payload);
        return new PeerMessage((byte)(number % 256), new GroupId(number - 3), payload);
    }

    private static void AssertEqual(PeerMessage expected, PeerMessage actual)
    {
        Assert.Equal((expected.Kind, expected.Group), (actual.Kind, actual.Group));
        Assert.True(expected.Payload.Span.SequenceEqual(actual.Payload.Span));
    }
}
