using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A disk that runs short holds publishers back, and nobody else (docs/decisions/0014).</summary>
public sealed class SpaceTests : IDisposable
{
    private const long Low = 5_000_000;
    private const long Min = 2_000_000;

    /// <summary>Above the mark, but not by so much that publishing goes on.</summary>
    private const long Between = 3_000_000;

    private readonly TemporaryDirectory _directory = new();
    private long _free = 1L << 40;

    public void Dispose() => _directory.Dispose();

    private NodeOptions Watched(NodeOptions options) => options with
    {
        LowSpaceBytes = Low,
        MinSpaceBytes = Min,
        MeasureSpace = _ => new DiskSpace(Interlocked.Read(ref _free), 1L << 41),
    };

    [Theory]
    [InlineData(null, null, 1L << 40, 6L << 30, 2L << 30)]
    [InlineData(null, null, 64L << 20, 16L << 20, (64L << 20) / 10)]
    [InlineData(null, 0L, 1L << 40, 6L << 30, 0)]
    [InlineData(100L, 500L, 1L << 40, 500L, 500L)]
    public void Marks_are_sane_on_large_and_small_disks(long? low, long? min, long total, long lowMark, long minMark)
    {
        var marks = SpaceMarks.Of(low, min, total);
        Assert.Equal((lowMark, minMark), (marks.LowBytes, marks.MinBytes));
        Assert.True(min == 0 || marks.ReleaseBytes > marks.MinBytes);
    }

    [Fact]
    public async Task What_was_written_since_the_last_look_counts_and_is_not_forgotten_at_the_next()
    {
        await using var store = new InMemoryLogStore(new InMemoryDisk(Guid.NewGuid()));
        var watch = new SpaceWatch(Watched(new NodeOptions { DataDirectory = "" }), store, NullLogger.Instance);
        _free = Min + 1_000;
        watch.Measure();
        Write(1, 1_000);
        Assert.False(watch.HoldsPublishers);
        Write(2, 1);
        Assert.True(watch.HoldsPublishers);

        // It was not quite as much on the disk: by the mark alone it would come and go.
        _free = Min + 500;
        Assert.True(watch.Measure());
        Assert.True(watch.HoldsPublishers);
        _free = Between;
        watch.Measure();
        Assert.True(watch.HoldsPublishers);
        _free = Low;
        Assert.True(watch.Measure());
        Assert.False(watch.HoldsPublishers);

        void Write(long index, int bytes) => store.Append(new StoreWrite(
            new GroupId(1), null, [new Entry(index, 1, EntryKind.Batch, new byte[bytes])], null));
    }

    [Fact]
    public async Task A_publisher_that_does_not_wait_is_refused_and_taken_again_when_there_is_space()
    {
        await using TestNode node = await TestNode.StartAsync(_directory, Watched);
        await using TestClient client = node.Connect();
        QueueInfo queue = await client.DeclareAsync("q");
        QueueInfo own = await client.DeclareAsync("own", durable: false, exclusive: true);
        await client.PublishedAsync("q", "1", "2");
        await client.ListenAsync("amq.topic", "a.#");

        Interlocked.Exchange(ref _free, Min - 1);
        await TestNode.UntilAsync(() => node.Node.HoldsPublishers);
        Assert.Equal(PublishAdmission.Full, client.Offer("", "q", "3"));
        Publication parked = client.Message("q", "3") with { Park = new Parking("", 1_000, null) };
        Assert.Equal(PublishAdmission.Full, client.Connection.Publish(parked, 99));
        Assert.Equal(PublishAdmission.Full, client.Connection.Publish(
            client.Message("q", "3") with { LastValue = LastValueChange.Put }, 99));

        // What needs no disk of its own goes on, what a consumer asked for, and what makes room.
        Assert.Equal(
            Reply.Ok, (await client.PublishAsync(client.Message("q", "copy") with { IsForConsumer = true })).Reply);
        await client.PublishedAsync("own", "in memory");
        Assert.Equal(PublishAdmission.Served, client.Offer("amq.topic", "a.b", "heard"));
        Assert.Equal("1", TestClient.BodyOf(await client.GetAsync(queue, autoSettle: true)));
        Assert.Equal("in memory", TestClient.BodyOf(await client.GetAsync(own, autoSettle: true)));
        Assert.Equal(2, (await client.StatusAsync(queue)).Ready);
        QueueInfo another = await client.DeclareAsync("another");
        Assert.Equal(Reply.Ok, (await client.Connection.DeleteQueueAsync(another.Id, false, false, CancellationToken.None)).Reply);

        // Not at once: it would come and go with every segment.
        Interlocked.Exchange(ref _free, Between);
        await Task.Delay(600);
        Assert.True(node.Node.HoldsPublishers);
        Interlocked.Exchange(ref _free, Low);
        await TestNode.UntilAsync(() => !node.Node.HoldsPublishers);
        await client.PublishedAsync("q", "3");
    }

    [Fact]
    public async Task A_publisher_that_waits_is_told_and_goes_on_when_there_is_space()
    {
        await using TestNode node = await TestNode.StartAsync(_directory, Watched);
        await using TestClient declarer = node.Connect();
        await declarer.DeclareAsync("q");
        await using var client = new TestClient(node.Node, waitsForSpace: true);
        await client.Connection.WaitForRoomAsync(CancellationToken.None);

        Interlocked.Exchange(ref _free, Min - 1);
        await TestNode.UntilAsync(() => node.Node.HoldsPublishers);
        // The one that was on its way is taken: nobody could tell its publisher that it was not.
        await client.PublishedAsync("q", "1");
        Task room = client.Connection.WaitForRoomAsync(CancellationToken.None).AsTask();
        Assert.Contains("disk", await client.Sink.BlockedAsync(), StringComparison.Ordinal);
        Assert.False(room.IsCompleted);

        Interlocked.Exchange(ref _free, Low);
        await room.WaitAsync(TestNode.Patience);
        Assert.Null(await client.Sink.BlockedAsync());
        await client.PublishedAsync("q", "2");
    }

    [Fact]
    public async Task Every_node_holds_back_while_one_of_them_is_short()
    {
        long[] free = [1L << 40, 1L << 40, 1L << 40];
        await using TestCluster cluster = await TestCluster.StartAsync((i, options) => options with
        {
            LowSpaceBytes = Low,
            MinSpaceBytes = Min,
            MeasureSpace = _ => new DiskSpace(Interlocked.Read(ref free[i]), 1L << 41),
        });
        await using TestClient client = cluster[0].Connect();
        await client.DeclareAsync("q");

        Interlocked.Exchange(ref free[2], Min - 1);
        for (int i = 0; i < 3; i++)
        {
            TestNode node = cluster[i];
            await TestNode.UntilAsync(() => node.Node.HoldsPublishers);
        }

        Assert.Equal(PublishAdmission.Full, client.Offer("", "q", "1"));
        Interlocked.Exchange(ref free[2], Low);
        await TestNode.UntilAsync(() => !cluster[0].Node.HoldsPublishers && !cluster[1].Node.HoldsPublishers);
        await client.PublishedAsync("q", "1");

        // One that is gone keeps nobody waiting.
        Interlocked.Exchange(ref free[2], Min - 1);
        await TestNode.UntilAsync(() => cluster[0].Node.HoldsPublishers);
        await cluster.StopAsync(2);
        await TestNode.UntilAsync(() => !cluster[0].Node.HoldsPublishers);
        await client.PublishedAsync("q", "2");
    }
}
