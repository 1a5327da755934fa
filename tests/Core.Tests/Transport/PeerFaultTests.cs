using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Cluster.Transport;
using Cmq.MultiProtocol.Fakes;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Transport;

/// <summary>Peers that do what they should not, or nothing.</summary>
public sealed class PeerFaultTests
{
    private static readonly NodeId Two = new(2);
    private static readonly NodeId Three = new(3);

    public static TheoryData<string, byte[]> Malformed
    {
        get
        {
            byte[] badChecksum = RawPeer.Frame(FrameType.Message, [1, 2, 3]);
            badChecksum[^1] ^= 1;
            byte[] badGroup = RawPeer.Frame(FrameType.Message, [1, 2, 3]);
            badGroup[8] ^= 1;
            byte[] badType = RawPeer.Frame(FrameType.Message, []);
            badType[4] = 77;
            byte[] badZero = RawPeer.Frame(FrameType.Message, []);
            badZero[6] = 1;
            byte[] tooLarge = RawPeer.Frame(FrameType.Message, []);
            BitConverter.TryWriteBytes(tooLarge, (1 << 20) + 1);
            byte[] negative = RawPeer.Frame(FrameType.Message, []);
            BitConverter.TryWriteBytes(negative, -1);
            return new()
            {
                { "payload that does not match its checksum", badChecksum },
                { "header that does not match its checksum", badGroup },
                { "unknown type", badType },
                { "bytes that must be zero", badZero },
                { "length above the limit", tooLarge },
                { "negative length", negative },
                { "hello among messages", RawPeer.Frame(FrameType.Hello, []) },
                { "keep-alive with a payload", RawPeer.Frame(FrameType.Idle, [1]) },
            };
        }
    }

    [Theory, MemberData(nameof(Malformed))]
    public async Task A_malformed_frame_ends_the_connections_of_that_peer_only(string what, byte[] frame)
    {
        Assert.NotEmpty(what);
        await using PeerNode one = await PeerNode.OpenAsync(1);
        using RawPeer three = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(3));
        Assert.Equal("connected 3 incarnation 1", await one.Handler.NextEvent());
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2));
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());

        await two.WriteAsync(PeerLane.Control, RawPeer.Frame(FrameType.Message, [9]));
        await two.WriteAsync(PeerLane.Control, frame);

        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
        Assert.Equal([9], (await one.Handler.NextMessage()).Message.Payload.ToArray());
        foreach (PeerLane lane in Enum.GetValues<PeerLane>())
            Assert.True(await two.IsClosedAsync(lane));
        await three.WriteAsync(PeerLane.Data, RawPeer.Frame(FrameType.Message, [8]));
        Assert.Equal(Three, (await one.Handler.NextMessage()).From);
        Assert.NotNull(one.Transport.Connected(Three));
    }

    [Fact]
    public async Task Garbage_instead_of_a_hello_closes_the_connection()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);

        (FrameType type, string text) = await RawPeer.AskAsync(one, "GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        Assert.Equal((FrameType.Refuse, "not a frame of the peer protocol"), (type, text));
    }

    [Fact]
    public async Task A_peer_that_reads_nothing_fills_its_queue_and_what_is_more_is_dropped()
    {
        await using PeerNode one = await PeerNode.OpenAsync(
            1, change: options => options with { DataQueueBytes = 4 << 20 });
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2));
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());
        Assert.StartsWith("Information: Connected", await one.Log.Next());

        // Sockets of the machine take some megabytes, too; then the queue takes its bound.
        int sent = 0;
        var message = new PeerMessage(1, default, new byte[1 << 20]);
        while (sent < 1000 && one.Transport.Send(Two, PeerLane.Data, message))
            sent++;

        Assert.InRange(sent, 3, 100);
        Assert.Equal(
            "Information: Queue to node 2, lane Data, is full; messages are being dropped",
            await one.Log.Next());
        Assert.True(one.Transport.Send(Two, PeerLane.Control, new PeerMessage(1, default, default)));
        Assert.NotNull(one.Transport.Connected(Two));

        for (int i = 0; i < sent; i++)
            Assert.Equal(FrameType.Message, (await two.ReadAsync(PeerLane.Data)).Type);
    }

    [Theory, InlineData(null), InlineData("correct horse battery")]
    public async Task A_transport_stops_though_a_peer_does_not_read_what_it_writes(string? secret)
    {
        await using PeerNode one = await PeerNode.OpenAsync(1, secret);
        using ClusterIdentity? identity = secret is null ? null : new ClusterIdentity(secret, Two);
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2), identity: identity);
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());
        while (one.Transport.Send(Two, PeerLane.Bulk, new PeerMessage(1, default, new byte[1 << 20])))
            Assert.NotNull(one.Transport.Connected(Two));

        await one.Transport.DisposeAsync().AsTask().WaitAsync(PeerNode.Patience);

        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
    }

    [Theory, InlineData(null), InlineData("correct horse battery")]
    public async Task A_transport_stops_though_a_peer_that_it_dialled_does_not_read(string? secret)
    {
        // It never gives up by itself.
        await using PeerNode one = await PeerNode.OpenAsync(
            1, secret, change: options => options with { MaxSilence = TimeSpan.FromHours(1) });
        await using PeerNode two = await PeerNode.OpenAsync(2, secret);
        using var reading = new ManualResetEventSlim();
        one.Handler.OnReceived = () => reading.Wait(PeerNode.Patience);
        two.Transport.Start([one.Address]);
        Assert.Equal("connected 1 incarnation 1", await two.Handler.NextEvent());
        while (two.Transport.Send(new NodeId(1), PeerLane.Bulk, new PeerMessage(1, default, new byte[1 << 20])))
            Assert.NotNull(two.Transport.Connected(new NodeId(1)));

        await two.Transport.DisposeAsync().AsTask().WaitAsync(PeerNode.Patience);

        Assert.Equal("disconnected 1", await two.Handler.NextEvent());
        reading.Set();
    }

    [Fact]
    public async Task A_handler_that_throws_costs_the_connection_and_is_logged_as_ours()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2));
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());
        Assert.StartsWith("Information: Connected", await one.Log.Next());
        one.Handler.OnReceived = () => throw new InvalidOperationException("a bug");

        await two.WriteAsync(PeerLane.Data, RawPeer.Frame(FrameType.Message, [1]));

        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
        string line = await one.Log.Next();
        Assert.StartsWith("Error: ", line);
        Assert.Contains("a bug", line);
    }

    [Fact]
    public async Task A_silent_peer_is_disconnected_after_five_seconds()
    {
        var time = new ManualTime();
        await using PeerNode one = await PeerNode.OpenAsync(1, time: time);
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2));
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());

        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.NotNull(one.Transport.Connected(Two));

        time.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
    }

    [Fact]
    public async Task A_lane_that_has_nothing_to_say_says_so_every_second()
    {
        var time = new ManualTime();
        await using PeerNode one = await PeerNode.OpenAsync(1, time: time);
        using RawPeer two = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2));
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());

        for (int second = 0; second < 3; second++)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            foreach (PeerLane lane in Enum.GetValues<PeerLane>())
                Assert.Equal(FrameType.Idle, (await two.ReadAsync(lane)).Type);
        }
    }

    [Fact]
    public async Task A_newer_incarnation_replaces_an_older_one_and_never_the_other_way()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        using RawPeer five = await RawPeer.ConnectAsync(
            one, PeerNode.HelloOf(2, incarnation: 5), session: 900);
        Assert.Equal("connected 2 incarnation 5", await one.Handler.NextEvent());

        using RawPeer six = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2, incarnation: 6));
        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
        Assert.Equal("connected 2 incarnation 6", await one.Handler.NextEvent());
        Assert.True(await five.IsClosedAsync(PeerLane.Data));

        byte[] old = new LaneHello(PeerLane.Data, 901, PeerNode.HelloOf(2, incarnation: 5)).Encode();
        Assert.Equal(
            (FrameType.Refuse, "lane Data is older than the one that is connected"),
            await RawPeer.AskAsync(one, RawPeer.Frame(FrameType.Hello, old)));
        Assert.Equal(6, one.Transport.Connected(Two)?.Incarnation);
        Assert.True(one.Handler.HasNoEvent);
    }

    [Fact]
    public async Task A_later_attempt_of_the_same_incarnation_replaces_the_one_before()
    {
        await using PeerNode one = await PeerNode.OpenAsync(1);
        using RawPeer first = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2), session: 1);
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());

        using RawPeer second = await RawPeer.ConnectAsync(one, PeerNode.HelloOf(2), session: 2);

        Assert.Equal("disconnected 2", await one.Handler.NextEvent());
        Assert.Equal("connected 2 incarnation 1", await one.Handler.NextEvent());
        await second.WriteAsync(PeerLane.Data, RawPeer.Frame(FrameType.Message, [3]));
        Assert.Equal([3], (await one.Handler.NextMessage()).Message.Payload.ToArray());
        Assert.True(await first.IsClosedAsync(PeerLane.Control));
    }

    [Fact]
    public async Task Lanes_that_are_not_all_there_in_time_are_closed_and_never_connected()
    {
        var time = new ManualTime();
        await using PeerNode one = await PeerNode.OpenAsync(1, time: time);
        byte[] hello = new LaneHello(PeerLane.Data, 1, PeerNode.HelloOf(2)).Encode();
        using RawPeer two = await RawPeer.ConnectOneLaneAsync(one, RawPeer.Frame(FrameType.Hello, hello));

        time.Advance(TimeSpan.FromSeconds(5));

        Assert.True(await two.IsClosedAsync(0));
        Assert.Equal("Information: No connection with node 2: no handshake in 5 s", await one.Log.Next());
        Assert.True(one.Handler.HasNoEvent);
    }
}
