using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>The disk follows what is live (DESIGN section 3, Reclaiming space).</summary>
public sealed class ReclaimTests : IDisposable
{
    private const int SegmentBytes = 1 << 24;
    private const int BodyBytes = 32 * 1024;

    /// <summary>Messages of one round: about 16 MiB, a segment.</summary>
    private const int Round = 500;

    /// <summary>What stays when nothing lives: what the newest entries may keep, the segment that is written, one that is
    /// about to go, and snapshots.</summary>
    private const long Floor = KeptBytes + (3 * SegmentBytes);

    private const long KeptBytes = SegmentBytes;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    private static NodeOptions Small(NodeOptions options) => options with
    {
        SegmentBits = 24,
        SnapshotLogBytes = SegmentBytes / 2,
        KeptLogBytes = KeptBytes,
        RewriteBytesPerSecond = 1L << 30,
        EntryCacheBytes = 1 << 20,
    };

    private Task<TestNode> StartAsync() => TestNode.StartAsync(_directory, Small);

    private static ReadOnlySequence<byte> Body(int number)
    {
        byte[] body = new byte[BodyBytes];
        new Random(number).NextBytes(body);
        Encoding.ASCII.GetBytes(number.ToString("D8", CultureInfo.InvariantCulture)).CopyTo(body, 0);
        return new ReadOnlySequence<byte>(body);
    }

    /// <summary>Publishes a round in batches, and waits until it is stored.</summary>
    private static async Task PublishAsync(TestClient client, int first, Func<int, string> queueOf)
    {
        for (int number = first; number < first + Round;)
        {
            List<ulong> tags = [];
            for (int i = 0; i < 25; i++, number++)
                tags.Add(client.Publish("", queueOf(number), Body(number)));
            foreach (ulong tag in tags)
                Assert.Equal(Reply.Ok, (await client.Sink.PublishedAsync(tag)).Reply);
        }
    }

    private static async Task DrainAsync(TestClient client, QueueInfo queue)
    {
        while (await client.GetAsync(queue, autoSettle: true) is not null)
        {
            // Settled with the get.
        }
    }

    private static async Task AssertShrinksAsync(TestNode node, long bound)
    {
        var patience = Stopwatch.StartNew();
        while (node.Node.DiskBytes > bound)
        {
            Assert.True(patience.Elapsed < TestNode.Patience, $"{node.Node.DiskBytes} bytes are left, not {bound}");
            await Task.Delay(50);
        }
    }

    private static async Task AssertHasAsync(TestClient client, QueueInfo queue, IEnumerable<int> numbers)
    {
        foreach (int number in numbers)
        {
            Delivery delivery = Assert.IsType<Delivery>(await client.GetAsync(queue, autoSettle: true));
            Assert.True(Body(number).ToArray().AsSpan().SequenceEqual(delivery.Message.Body.ToArray()), $"{number}");
        }

        Assert.Null(await client.GetAsync(queue));
    }

    [Fact]
    public async Task After_ten_times_the_budget_was_published_and_settled_the_log_is_back_under_its_floor()
    {
        const long Budget = Floor;
        await using TestNode node = await StartAsync();
        await using TestClient client = node.Connect();
        // The second group has nothing but a few old messages: they must not keep what the other one wrote.
        (QueueInfo busy, QueueInfo idle) = await client.DeclareInTwoGroupsAsync();
        await client.PublishedAsync(idle.Name, "first", "second", "third");
        long published = 0;
        for (int first = 0; published < 10 * Budget; first += Round)
        {
            await PublishAsync(client, first, _ => busy.Name);
            await DrainAsync(client, busy);
            published += Round * BodyBytes;
        }

        await AssertShrinksAsync(node, Budget);
        Assert.Equal("first", TestClient.BodyOf(await client.GetAsync(idle)));
        Assert.Equal("second", TestClient.BodyOf(await client.GetAsync(idle)));
    }

    [Fact]
    public async Task Messages_forgotten_in_one_queue_cost_their_own_size()
    {
        List<int> forgotten = [];
        await using (TestNode node = await StartAsync())
        {
            await using TestClient client = node.Connect();
            QueueInfo busy = await client.DeclareAsync("busy");
            QueueInfo old = await client.DeclareAsync("old");
            for (int first = 0; first < 16 * Round; first += Round)
            {
                // One of fifty, and so next to each batch that is dead.
                await PublishAsync(client, first, number => number % 50 == 7 ? "old" : "busy");
                forgotten.AddRange(Enumerable.Range(first, Round).Where(number => number % 50 == 7));
                await DrainAsync(client, busy);
            }

            await AssertShrinksAsync(node, Floor + (4L * forgotten.Count * BodyBytes));
            Assert.Equal(forgotten.Count, (await client.StatusAsync(old)).Ready);
        }

        await using TestNode again = await StartAsync();
        await using TestClient reader = again.Connect();
        await AssertHasAsync(reader, await reader.DeclareAsync("old"), forgotten);
    }

    [Fact]
    public async Task A_queue_with_rewind_frees_what_has_aged_out()
    {
        await using TestNode node = await StartAsync();
        await using TestClient client = node.Connect();
        QueueInfo queue = await client.DeclareAsync("q", new QueueSettings { RewindMs = 2_000 });
        for (int first = 0; first < 8 * Round; first += Round)
        {
            await PublishAsync(client, first, _ => "q");
            await DrainAsync(client, queue);
        }

        await AssertShrinksAsync(node, Floor);
    }
}
