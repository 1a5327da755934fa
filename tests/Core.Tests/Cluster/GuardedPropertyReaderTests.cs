using System.Diagnostics.CodeAnalysis;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Tests.Storage;
using Cmq.MultiProtocol.Core.Tests.Transport;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A reader that throws, where none may.</summary>
public sealed class GuardedPropertyReaderTests : IDisposable
{
    private const string Line = "Error: Properties of format RocketMq could not be read";
    private readonly RecordingLog _log = new(1012, 1012);
    private readonly TemporaryDirectory _directory = new();

    public void Dispose()
    {
        _directory.Dispose();
        _log.Dispose();
    }

    [Fact]
    public async Task A_block_that_cannot_be_read_is_empty_and_told_of_once()
    {
        var reader = new GuardedPropertyReader(new Thrower(), _log);
        byte[] block = [1, 2, 3];
        Assert.Equal(PropertyFormat.RocketMq, reader.Format);
        Assert.Null(reader.Read(block).MessageId);
        Assert.Null(reader.Read(block.ToArray()).MessageId);
        IRoutingHeaders headers = reader.ReadHeaders(block);
        Assert.False(headers.TryGet("x", out _));
        Assert.False(headers.TryGet("y", out _));
        Assert.StartsWith(Line, await _log.Next(), StringComparison.Ordinal);
        Assert.True(_log.IsEmpty);

        Assert.False(reader.ReadHeaders(new byte[] { 4 }).TryGet("x", out _));
        Assert.StartsWith(Line, await _log.Next(), StringComparison.Ordinal);
        Assert.Null(reader.MessageIdOf(5));
        Assert.StartsWith(Line, await _log.Next(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Headers_that_throw_when_they_are_asked_are_not_there()
    {
        var reader = new GuardedPropertyReader(new Thrower { Headers = new ThrowingHeaders() }, _log);
        Assert.False(reader.ReadHeaders(new byte[] { 1 }).TryGet("x", out HeaderValue? value));
        Assert.Null(value);
        Assert.StartsWith(Line, await _log.Next(), StringComparison.Ordinal);
    }

    [Fact]
    public void Headers_are_read_once_and_only_when_they_are_asked_for()
    {
        var thrower = new Thrower { Headers = new Metadata.TestHeaders(("x", HeaderValue.Void)) };
        IRoutingHeaders headers = new GuardedPropertyReader(thrower, _log).ReadHeaders(new byte[] { 1 });
        Assert.Equal(0, thrower.HeadersRead);
        Assert.True(headers.TryGet("x", out HeaderValue? value));
        Assert.Equal(HeaderValue.Void, value);
        Assert.False(headers.TryGet("y", out _));
        Assert.Equal(1, thrower.HeadersRead);
        Assert.True(_log.IsEmpty);
    }

    [Fact]
    public async Task The_node_goes_on_and_a_dead_letter_goes_where_headers_do_not_count()
    {
        var thrower = new Thrower();
        await using TestNode node = await TestNode.StartAsync(
            _directory, options => options with { PropertyReaders = [thrower] });
        await using TestClient client = node.Connect();
        var settings = new QueueSettings { DeadLetter = new DeadLetterTarget("amq.headers", null) };
        QueueInfo orders = await client.DeclareAsync("orders", settings);
        QueueInfo graves = await client.DeclareAsync("graves");
        QueueInfo others = await client.DeclareAsync("others");
        await BindAsync(client, graves, new HeaderMatch(All: true, []));
        await BindAsync(client, others, new HeaderMatch(All: true, [new("x", HeaderValue.Void)]));
        Publication message = client.Message("orders", "a") with
        {
            Format = PropertyFormat.RocketMq,
            Properties = new byte[] { 1 },
        };
        Assert.Equal(Reply.Ok, (await client.PublishAsync(message)).Reply);

        client.Settle((await client.GetAsync(orders))!, SettleOutcome.Rejected);

        await client.AttachAsync(graves);
        Assert.Equal("a", TestClient.BodyOf(await client.Sink.DeliveredAsync()));
        Assert.Equal(0, (await client.StatusAsync(others)).Ready);
        Assert.True(thrower.HeadersRead > 0);
        Assert.True(node.Node.IsLive);
    }

    private static async Task BindAsync(TestClient client, QueueInfo queue, HeaderMatch match) =>
        Assert.Equal(Reply.Ok, await client.Connection.BindAsync(
            new BindingInfo(client.Connection.FindTopic("amq.headers")!.Id, queue.Id, null, "", match, default),
            CancellationToken.None));

    /// <param name="Headers">What it gives; null = it throws.</param>
    private sealed record Thrower(IRoutingHeaders? Headers = null) : IPropertyReader
    {
        public int HeadersRead { get; private set; }

        public PropertyFormat Format => PropertyFormat.RocketMq;

        public MessageProperties Read(ReadOnlyMemory<byte> properties) => throw new InvalidDataException();

        public string MessageIdOf(long sequence) => throw new InvalidDataException();

        public IRoutingHeaders ReadHeaders(ReadOnlyMemory<byte> properties)
        {
            HeadersRead++;
            return Headers ?? throw new InvalidDataException();
        }
    }

    private sealed class ThrowingHeaders : IRoutingHeaders
    {
        public bool TryGet(string name, [NotNullWhen(true)] out HeaderValue? value) =>
            throw new InvalidDataException();
    }
}
