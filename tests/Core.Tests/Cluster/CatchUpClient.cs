using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Metadata;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A client of one node: publishes numbered messages, and settles or counts them.</summary>
internal sealed class CatchUpClient : IConnectionSink, IAsyncDisposable
{
    public const int BodyBytes = 4096;

    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<PublishOutcome>> _publishing = new();
    private readonly Channel<Delivery> _deliveries = Channel.CreateUnbounded<Delivery>();
    private readonly CancellationToken _stop;
    private IBrokerConnection? _connection;

    private CatchUpClient(CancellationToken stop) => _stop = stop;

    public IBrokerConnection Connection => _connection!;

    public static async Task<CatchUpClient> ConnectAsync(BrokerNode node, CancellationToken stop)
    {
        var client = new CatchUpClient(stop);
        Identity? guest = await node.LogInAsync("guest", "guest"u8.ToArray(), IPAddress.Loopback, stop);
        client._connection = node.Connect(new ConnectionOptions(
            guest!, node.FindNamespace("/")!.Value, "test", "127.0.0.1", client));
        return client;
    }

    public async Task<QueueInfo> DeclareAsync(string name)
    {
        (Reply reply, QueueInfo? queue) = await Connection.DeclareQueueAsync(
            new QueueDeclaration(name, Durable: true, AutoDelete: false, Exclusive: false, new QueueSettings(), default),
            _stop);
        Assert.Equal(Reply.Ok, reply);
        return queue!;
    }

    /// <summary>Publishes messages with these numbers; all are confirmed when it returns.</summary>
    public async Task PublishAsync(string queue, IEnumerable<int> numbers)
    {
        TopicInfo topic = Connection.FindTopic(SystemTopics.Default)!;
        List<Task<PublishOutcome>> outcomes = [];
        foreach (int number in numbers)
        {
            await Connection.WaitForRoomAsync(_stop);
            var outcome = new TaskCompletionSource<PublishOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
            ulong tag = (ulong)number + 1;
            Assert.True(_publishing.TryAdd(tag, outcome));
            outcomes.Add(outcome.Task);
            Assert.Equal(PublishAdmission.Accepted, Connection.Publish(new Publication
            {
                Topic = topic,
                RoutingKey = queue,
                Format = PropertyFormat.None,
                Properties = default,
                Body = new ReadOnlySequence<byte>(BodyOf(number)),
                Persistent = true,
            }, tag));
        }

        foreach (Task<PublishOutcome> outcome in outcomes)
            Assert.Equal(Reply.Ok, (await outcome.WaitAsync(_stop)).Reply);
        _publishing.Clear();
    }

    /// <summary>Consumes messages until there were that many, settles those that are to be settled and gives the
    /// rest back.</summary>
    /// <returns>Numbers of all that came.</returns>
    public async Task<List<int>> ConsumeAsync(QueueInfo queue, int count, Func<int, bool> settles)
    {
        Reply attached = await Connection.AttachAsync(
            queue.Id, 1, new ConsumerOptions(0, Exclusive: false, AutoSettle: false, Credit: count), _stop);
        Assert.Equal(Reply.Ok, attached);
        List<int> came = [];
        List<long> kept = [];
        while (came.Count < count)
        {
            Delivery delivery = await _deliveries.Reader.ReadAsync(_stop);
            byte[] body = delivery.Message.Body.ToArray();
            int number = BitConverter.ToInt32(body);
            Assert.True(BodyOf(number).AsSpan().SequenceEqual(body), $"body of message {number}");
            came.Add(number);
            if (settles(number))
                Connection.Settle(queue.Id, [delivery.Sequence], SettleOutcome.Done);
            else
                kept.Add(delivery.Sequence);
        }

        await Connection.DetachAsync(1, _stop);
        if (kept.Count > 0)
            Connection.Settle(queue.Id, [.. kept], SettleOutcome.Returned);
        return came;
    }

    public async Task<QueueStatus> StatusAsync(QueueInfo queue)
    {
        (Reply reply, QueueStatus status) = await Connection.GetStatusAsync(queue.Id, touch: false, _stop);
        Assert.Equal(Reply.Ok, reply);
        return status;
    }

    public void Published(ulong tag, PublishOutcome outcome) => _publishing[tag].TrySetResult(outcome);

    public void Delivered(Delivery delivery) => _deliveries.Writer.TryWrite(delivery);

    public void Cancelled(int consumer) => Closing("the queue is gone");

    public void Flush()
    {
    }

    public void Blocked(string? reason)
    {
    }

    public void Closing(string reason)
    {
        var error = new InvalidOperationException(reason);
        _deliveries.Writer.TryComplete(error);
        foreach (TaskCompletionSource<PublishOutcome> publishing in _publishing.Values)
            publishing.TrySetException(error);
    }

    public ValueTask DisposeAsync() => Connection.DisposeAsync();

    private static byte[] BodyOf(int number)
    {
        byte[] body = new byte[BodyBytes];
        new Random(number).NextBytes(body);
        BitConverter.TryWriteBytes(body, number);
        return body;
    }
}
