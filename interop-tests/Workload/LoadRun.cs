using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Publishers and consumers of both doors, busy until the end; then everything is drained and compared.</summary>
internal sealed class LoadRun : IAsyncDisposable
{
    /// <summary>Where the rate is bounded: a receiver may wait 45 s for a node that is stopped, and must catch up.</summary>
    private const int CmqPerSecond = 20;

    private readonly CancellationTokenSource _stopPublishing = new();
    private readonly CancellationTokenSource _stopConsuming = new();
    private readonly List<Task> _publishing = [];
    private readonly List<Task> _consuming = [];
    private readonly IReadOnlyList<BrokerProcess> _nodes;
    private readonly List<BrokerProcess> _members;
    private readonly int[] _ports;
    private readonly CmqClient[] _cmq;

    private LoadRun(IReadOnlyList<BrokerProcess> nodes, string[] queues)
    {
        _nodes = nodes;
        _members = [.. nodes];
        Queues = queues;
        _ports = [.. nodes.Select(node => node.AmqpPort)];
        _cmq = [.. nodes.Select(CmqClient.Of)];
    }

    public Ledger Ledger { get; } = new();

    public string[] Queues { get; }

    public static Task<LoadRun> StartAsync(
        IReadOnlyList<BrokerProcess> nodes, int publishers = 3, bool cmq = true, params string[] queues) =>
        StartAsync(nodes, publishers, perSecond: null, cmq, queues);

    /// <param name="nodes">All of them; clients go from one to the next when one fails.</param>
    /// <param name="publishers">Of AMQP, a count.</param>
    /// <param name="perSecond">Messages per second of each of them at most; null = as many as go.</param>
    /// <param name="cmq">Whether a queue of the CMQ door has a sender and a receiver, too.</param>
    /// <param name="queues">Of AMQP, with a consumer each.</param>
    public static async Task<LoadRun> StartAsync(
        IReadOnlyList<BrokerProcess> nodes, int publishers, int? perSecond, bool cmq, params string[] queues)
    {
        var run = new LoadRun(nodes, queues);
        for (int i = 0; i < publishers; i++)
            run._publishing.Add(new AmqpPublisher(
                run.Ledger, run._ports, i, queues, perSecond, run._stopPublishing.Token).RunAsync());
        for (int i = 0; i < queues.Length; i++)
            run._consuming.Add(new AmqpDrain(run.Ledger, run._ports, i + 1, queues[i], run._stopConsuming.Token).RunAsync());
        if (!cmq)
            return run;
        var load = new CmqLoad(run.Ledger, run._cmq, $"{queues[0]}-cmq", perSecond is null ? null : CmqPerSecond);
        await load.CreateAsync();
        run._publishing.Add(load.SendAsync(run._stopPublishing.Token));
        run._consuming.Add(load.ReceiveAsync(run._stopConsuming.Token));
        return run;
    }

    /// <summary>Waits until that many more messages are confirmed.</summary>
    public async Task ConfirmAsync(int more)
    {
        int goal = Ledger.ConfirmedCount + more;
        await Patience.UntilAsync(() => Ledger.ConfirmedCount >= goal, $"{more} more confirms", DescribeAsync);
    }

    /// <summary>Waits until that many times a client has gone to another node.</summary>
    public Task MoveAsync(int more)
    {
        int goal = Ledger.MoveCount + more;
        return Patience.UntilAsync(() => Ledger.MoveCount >= goal, $"{more} clients that go elsewhere", DescribeAsync);
    }

    /// <summary>That node is no member any more: clients may still try it, but what it says of queues is nothing.</summary>
    public void Left(BrokerProcess node) => Assert.True(_members.Remove(node));

    /// <summary>Ends the publishing, drains every queue, and holds the broker to its promises.</summary>
    public async Task FinishAsync()
    {
        await _stopPublishing.CancelAsync();
        await Task.WhenAll(_publishing).WaitAsync(Patience.Long);
        await Patience.UntilAsync(
            () => Ledger.Missing().Count == 0,
            "delivery of everything that was confirmed",
            DescribeAsync);
        await Patience.UntilAsync(IsEmptyAsync, "empty queues", DescribeAsync);
        await _stopConsuming.CancelAsync();
        await Task.WhenAll(_consuming).WaitAsync(Patience.Long);
        await Patience.UntilAsync(IsEmptyAsync, "queues that stay empty without consumers", DescribeAsync);
        Ledger.AssertPromisesKept();
    }

    /// <summary>Ready and held messages of all AMQP queues are gone; seen through every member in turn.</summary>
    public async Task<bool> IsEmptyAsync()
    {
        try
        {
            foreach (BrokerProcess node in _members)
            {
                await using IConnection connection = await AmqpClient.ConnectAsync(node);
                await using IChannel channel = await connection.CreateChannelAsync();
                foreach (string queue in Queues)
                {
                    if ((await channel.QueueDeclarePassiveAsync(queue)).MessageCount > 0)
                        return false;
                }
            }

            return true;
        }
        catch (Exception failure) when (Trouble.IsExpected(failure))
        {
            return false;
        }
    }

    public string Progress() =>
        $"{Ledger.SentCount} sent, {Ledger.ConfirmedCount} confirmed, {Ledger.RefusedCount} refused, "
        + $"{Ledger.DeliveryCount} deliveries, {Ledger.MoveCount} times to another node";

    /// <summary>For a failure: what is missing, what the queues hold, what the brokers said last.</summary>
    private async Task<string> DescribeAsync()
    {
        IReadOnlyList<string> missing = Ledger.Missing();
        var text = new StringBuilder(
            $"{Progress()}. Missing: {missing.Count}: {string.Join(", ", missing.Take(10))}. ");
        foreach (BrokerProcess node in _nodes)
        {
            text.AppendLine(CultureInfo.InvariantCulture, $"--- node at {node.DataDirectory}");
            try
            {
                await using IConnection connection = await AmqpClient.ConnectAsync(node);
                await using IChannel channel = await connection.CreateChannelAsync();
                foreach (string queue in Queues)
                {
                    QueueDeclareOk state = await channel.QueueDeclarePassiveAsync(queue);
                    text.AppendLine(
                        CultureInfo.InvariantCulture,
                        $"{queue}: {state.MessageCount} ready, {state.ConsumerCount} consumers");
                }
            }
            catch (Exception failure) when (Trouble.IsExpected(failure) || failure is BrokerException)
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"not reached: {failure.Message}");
            }

            text.AppendLine(string.Join(Environment.NewLine, node.Output.Lines.TakeLast(60)));
        }

        return text.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopPublishing.CancelAsync();
        await _stopConsuming.CancelAsync();
        foreach (CmqClient client in _cmq)
            client.Dispose();
        _stopPublishing.Dispose();
        _stopConsuming.Dispose();
    }
}
