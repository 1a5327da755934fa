using System.Diagnostics;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>Orderly consumption over sockets (specification section 15): each queue is processed strictly in order, and
/// by one client at a time, whatever happens to the clients and to the broker. Stock clients that consume so are Java's,
/// which cannot be run here; <see cref="OrderlyConsumer"/> says what they say.</summary>
public sealed class OrderlyTests : IAsyncLifetime
{
    private const string Topic = "orders";
    private const string Group = "CG";
    private const int Queues = 4;

    /// <summary>Java clients count on 60 s, and the consumers of these tests on a part of this.</summary>
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);

    private static readonly TimeSpan Work = TimeSpan.FromMilliseconds(3);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly OrderLedger _ledger = new();
    private BrokerProcess? _broker;

    private BrokerProcess Broker => _broker!;

    private string NameServer => $"127.0.0.1:{Broker.NameServerPort}";

    public async Task InitializeAsync()
    {
        _broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            Arguments = ["--Cluster:DataGroups=2", $"--RocketMq:LockLeaseMs={Lease.TotalMilliseconds}"],
        });
        foreach (int port in Broker.RocketMqPorts)
        {
            using RemotingClient client = await RemotingClient.ConnectAsync($"127.0.0.1:{port}");
            await RemotingCluster.CreateTopicAsync(client, Topic, Queues / 2);
        }
    }

    public async Task DisposeAsync()
    {
        if (_broker is not null)
            await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Queues_move_between_two_clients_and_stay_in_order()
    {
        const int messages = 300;
        IReadOnlyList<RocketMqQueue> queues = await ProduceAsync(messages);

        await using OrderlyConsumer first = Consumer("c1");
        first.Start();
        await UntilAsync(() => first.Held.Count == Queues && _ledger.Processed > 50);
        OrderlyConsumer second = Consumer("c2");
        await using (second)
        {
            second.Start();
            await UntilAsync(() => first.Held.Count == Queues / 2 && second.Held.Count == Queues / 2);
            await UntilAsync(() => _ledger.Processed > Queues * messages / 2);
        }
        await UntilAsync(() => first.Held.Count == Queues && _ledger.Processed == Queues * messages);

        _ledger.AssertInOrder(queues, messages);
        Assert.Equal(Queues / 2, _ledger.Clients().Values.Count(clients => clients == 2));
    }

    [Fact]
    public async Task The_queues_of_a_killed_client_are_granted_to_another_only_after_its_lease()
    {
        const int messages = 400;
        IReadOnlyList<RocketMqQueue> queues = await ProduceAsync(messages);
        OrderlyConsumer killed = Consumer("c1");
        killed.Start();
        await UntilAsync(() => killed.Held.Count == Queues && _ledger.Processed > 50);
        IReadOnlyDictionary<RocketMqQueue, long> left = await killed.KillAsync();
        Assert.Equal(Queues, left.Count);

        await using OrderlyConsumer other = Consumer("c2");
        other.Start();
        while (left.Keys.Any(IsLeased))
        {
            IReadOnlyList<RocketMqQueue> held = other.Held;
            // Looked at in this order: what it had by then, it had before the lease was over.
            Assert.DoesNotContain(held, IsLeased);
            await Task.Delay(50);
        }
        await UntilAsync(() => other.Held.Count == Queues && _ledger.Processed == Queues * messages);

        _ledger.AssertInOrder(queues, messages);

        bool IsLeased(RocketMqQueue queue) => Stopwatch.GetElapsedTime(left[queue]) < Lease;
    }

    [Fact]
    public async Task A_restart_of_the_broker_changes_neither_the_order_nor_the_holders()
    {
        const int messages = 300;
        IReadOnlyList<RocketMqQueue> queues = await ProduceAsync(messages);
        await using OrderlyConsumer first = Consumer("c1");
        await using OrderlyConsumer second = Consumer("c2");
        first.Start();
        second.Start();
        await UntilAsync(() => first.Held.Count == Queues / 2 && second.Held.Count == Queues / 2 && _ledger.Processed > 100);

        await Broker.KillAsync();
        await Broker.RestartAsync();
        await ProduceAsync(messages);

        await UntilAsync(() => _ledger.Processed == 2 * Queues * messages);
        _ledger.AssertInOrder(queues, 2 * messages);
    }

    /// <summary>The broker's side alone: whoever asks, a queue is one client's.</summary>
    [Fact]
    public async Task Clients_that_ask_at_the_same_time_do_not_get_the_same_queue()
    {
        using RemotingClient a = await RemotingClient.ConnectAsync($"127.0.0.1:{Broker.RocketMqPort}");
        using RemotingClient b = await RemotingClient.ConnectAsync($"127.0.0.1:{Broker.RocketMqPort}");
        RocketMqQueue[] queues =
            [.. Enumerable.Range(0, Queues / 2).Select(number => new RocketMqQueue(Topic, "broker-a", number))];

        HashSet<RocketMqQueue>[] granted = await Task.WhenAll(LockAsync(a, "c1", queues), LockAsync(b, "c2", queues));

        Assert.Empty(granted[0].Intersect(granted[1]));
        Assert.Equal(queues.ToHashSet(), [.. granted[0], .. granted[1]]);
        HashSet<RocketMqQueue> again = await LockAsync(a, "c1", queues);
        Assert.Equal(granted[0], again);
    }

    private static async Task<HashSet<RocketMqQueue>> LockAsync(RemotingClient client, string id, RocketMqQueue[] queues)
    {
        RocketMqCommand answer =
            await client.MustAsync(RocketMqRequestCode.LockBatchMq, null, OrderlyConsumer.LockBody(id, Group, queues));
        return [.. RocketMqJson.Parse(answer.Body.Span).ItemsOf("lockOKMQSet").Select(RocketMqQueue.Read)];
    }

    private OrderlyConsumer Consumer(string id) => new(NameServer, id, Group, Topic, _ledger, Lease, Work);

    /// <summary>So many messages into each queue.</summary>
    private async Task<IReadOnlyList<RocketMqQueue>> ProduceAsync(int messages)
    {
        using var cluster = new RemotingCluster(NameServer);
        IReadOnlyList<RocketMqQueue> queues = await cluster.QueuesAsync(Topic);
        Assert.Equal(Queues, queues.Count);
        foreach (RocketMqQueue queue in queues)
        {
            RemotingClient broker = await cluster.ToAsync(queue.BrokerName, Topic);
            await Task.WhenAll(Enumerable.Range(0, messages).Select(number =>
                RemotingCluster.SendAsync(broker, Topic, queue.QueueId, $"message {number}")));
        }
        return queues;
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!condition())
            await Task.Delay(20, patience.Token);
    }
}
