using System.Diagnostics;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>An orderly consumer of one topic that speaks as Java's does (specification sections 13, 15 and 18), with
/// shorter times: it heartbeats, shares the queues by the list of clients, locks a queue before its first pull, asks
/// where the group is, pulls and processes one message after the other, commits, and unlocks what it gives up.</summary>
internal sealed class OrderlyConsumer : IAsyncDisposable
{
    private const int PullWaitMs = 1_000;
    private const int PullMessages = 8;

    private readonly string _clientId;
    private readonly string _group;
    private readonly string _topic;
    private readonly OrderLedger _ledger;
    private readonly TimeSpan _lease;
    private readonly TimeSpan _work;
    private readonly RemotingCluster _cluster;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly Dictionary<RocketMqQueue, Tenure> _tenures = [];
    private Task _running = Task.CompletedTask;

    /// <param name="nameServer"><c>host:port</c>.</param>
    /// <param name="clientId">Unique in the group.</param>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="ledger">Written to.</param>
    /// <param name="lease">The broker's; a third of it is how often locks are renewed, and a lock that could not be
    /// renewed for half of it counts no more, as Java's 20, 30 and 60 s.</param>
    /// <param name="work">What processing a message takes.</param>
    public OrderlyConsumer(
        string nameServer, string clientId, string group, string topic, OrderLedger ledger, TimeSpan lease, TimeSpan work)
    {
        (_clientId, _group, _topic, _ledger, _lease, _work) = (clientId, group, topic, ledger, lease, work);
        _cluster = new RemotingCluster(nameServer) { OnConnected = IntroduceAsync };
    }

    /// <summary>Queues that it has locked.</summary>
    public IReadOnlyList<RocketMqQueue> Held
    {
        get
        {
            lock (_tenures)
                return [.. _tenures.Keys];
        }
    }

    public void Start() => _running = Task.Run(RunAsync);

    /// <summary>As a process that is killed: it says nothing, and processes nothing more.</summary>
    /// <returns>The queues that it had locked, and when each was last asked for with success.</returns>
    public async Task<IReadOnlyDictionary<RocketMqQueue, long>> KillAsync()
    {
        await _stopping.CancelAsync();
        _cluster.Dispose();
        await _running;
        KeyValuePair<RocketMqQueue, Tenure>[] left;
        lock (_tenures)
            left = [.. _tenures];
        foreach ((RocketMqQueue queue, Tenure tenure) in left)
        {
            await tenure.Running;
            _ledger.End(queue, tenure.Number);
        }
        return left.ToDictionary(one => one.Key, one => one.Value.RenewedAt);
    }

    /// <summary>Stops as Java's shutdown does: offsets, then one unlock of all, then it leaves the group.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_stopping.IsCancellationRequested)
        {
            await _stopping.CancelAsync();
            await _running;
            foreach (RocketMqQueue queue in Held)
                await GiveUpAsync(queue);
            foreach (RemotingClient client in _cluster.Open())
            {
                await client.AskAsync(
                    RocketMqRequestCode.UnregisterClient,
                    RocketMqFields.Of(new UnregisterClientRequest(_clientId, null, _group)));
            }
            _cluster.Dispose();
        }
        _stopping.Dispose();
        _changed.Dispose();
    }

    /// <summary>Body of 41 and 42.</summary>
    public static byte[] LockBody(string clientId, string group, IReadOnlyList<RocketMqQueue> queues)
    {
        RocketMqJsonWriter json = new RocketMqJsonWriter().StartObject()
            .Member("clientId", clientId).Member("consumerGroup", group).Name("mqSet").StartArray();
        foreach (RocketMqQueue queue in queues)
            queue.Write(json);
        return json.EndArray().EndObject().ToUtf8();
    }

    private async Task RunAsync()
    {
        var sinceRenewal = Stopwatch.StartNew();
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                await RebalanceAsync();
                if (sinceRenewal.Elapsed > _lease / 3)
                {
                    await RenewAsync();
                    sinceRenewal.Restart();
                }
                // At once when the broker says that the group has changed, else from time to time.
                await _changed.WaitAsync(TimeSpan.FromMilliseconds(200), _stopping.Token);
            }
            catch (Exception trouble) when (IsTrouble(trouble))
            {
                await PauseAsync();
            }
        }
    }

    private async Task RebalanceAsync()
    {
        IReadOnlyList<RocketMqQueue> all = await _cluster.QueuesAsync(_topic);
        if (all.Count == 0)
            return;
        foreach (string broker in all.Select(queue => queue.BrokerName).Distinct())
            await _cluster.ToAsync(broker, _topic);
        RemotingClient any = await _cluster.ToAsync(all[0].BrokerName, _topic);
        RocketMqCommand listed = await any.MustAsync(
            RocketMqRequestCode.GetConsumerListByGroup, RocketMqFields.Of(new ConsumerGroupRequest(_group)));
        string[] clients =
        [
            .. RocketMqJson.Parse(listed.Body.Span).ItemsOf("consumerIdList").Select(id => id.Text!)
                .Order(StringComparer.Ordinal),
        ];
        HashSet<RocketMqQueue> mine = [.. Share(all, clients)];
        foreach (RocketMqQueue queue in Held.Where(queue => !mine.Contains(queue)))
            await GiveUpAsync(queue);
        foreach (RocketMqQueue queue in mine.Except(Held))
            await TakeAsync(queue);
    }

    /// <summary>AllocateMessageQueueAveragely: consecutive pieces, the first ones one longer.</summary>
    private IEnumerable<RocketMqQueue> Share(IReadOnlyList<RocketMqQueue> all, string[] clients)
    {
        int place = Array.IndexOf(clients, _clientId);
        if (place < 0)
            return [];
        int more = all.Count % clients.Length;
        int size = (all.Count / clients.Length) + (place < more ? 1 : 0);
        int from = place < more ? place * size : (place * size) + more;
        return all.Skip(from).Take(size);
    }

    private async Task TakeAsync(RocketMqQueue queue)
    {
        RemotingClient broker = await _cluster.ToAsync(queue.BrokerName, _topic);
        long askedAt = Stopwatch.GetTimestamp();
        if (!(await LockAsync(broker, [queue])).Contains(queue))
            return;
        RocketMqCommand answer = await broker.MustAsync(
            RocketMqRequestCode.QueryConsumerOffset,
            RocketMqFields.Of(new QueryConsumerOffsetRequest(_group, _topic, queue.QueueId)));
        long offset = OffsetResponse.Read(answer.Fields!).Offset;
        var tenure = new Tenure(_ledger.Begin(queue, _clientId, offset), offset) { RenewedAt = askedAt };
        lock (_tenures)
            _tenures.Add(queue, tenure);
        tenure.Running = Task.Run(() => ConsumeAsync(queue, tenure));
    }

    /// <summary>Waits for the message that is being processed, commits, and unlocks.</summary>
    private async Task GiveUpAsync(RocketMqQueue queue)
    {
        Tenure tenure;
        lock (_tenures)
            _tenures.Remove(queue, out tenure!);
        await tenure.Ending.CancelAsync();
        await tenure.Running;
        _ledger.End(queue, tenure.Number);
        RemotingClient broker = await _cluster.ToAsync(queue.BrokerName, _topic);
        await CommitAsync(broker, queue, tenure.Next);
        await broker.MustAsync(RocketMqRequestCode.UnlockBatchMq, null, LockBody(_clientId, _group, [queue]));
    }

    private async Task RenewAsync()
    {
        foreach (IGrouping<string, RocketMqQueue> held in Held.GroupBy(queue => queue.BrokerName))
        {
            RemotingClient broker = await _cluster.ToAsync(held.Key, _topic);
            long askedAt = Stopwatch.GetTimestamp();
            IReadOnlyList<RocketMqQueue> locked = await LockAsync(broker, [.. held]);
            lock (_tenures)
            {
                foreach (RocketMqQueue queue in locked)
                {
                    if (_tenures.TryGetValue(queue, out Tenure? tenure))
                        tenure.RenewedAt = askedAt;
                }
            }
            await broker.MustAsync(RocketMqRequestCode.HeartBeat, null, HeartbeatBody());
        }
    }

    private async Task ConsumeAsync(RocketMqQueue queue, Tenure tenure)
    {
        while (!tenure.Ending.IsCancellationRequested && !_stopping.IsCancellationRequested)
        {
            try
            {
                RemotingClient broker = await _cluster.ToAsync(queue.BrokerName, _topic);
                var pull = new PullMessageRequest(
                    _group, _topic, queue.QueueId, tenure.Next, PullMessages, 6, 0, PullWaitMs, "*", 0, null);
                RocketMqCommand pulled = await broker.AskAsync(RocketMqRequestCode.PullMessage, RocketMqFields.Of(pull));
                foreach (RocketMqMessage message in RemotingCluster.Records(pulled))
                {
                    if (!await ProcessAsync(queue, tenure, message.QueueOffset))
                        return;
                }
                await CommitAsync(broker, queue, tenure.Next);
            }
            catch (Exception trouble) when (IsTrouble(trouble))
            {
                await PauseAsync();
            }
        }
    }

    /// <returns>False: it may not, or must not go on.</returns>
    private async Task<bool> ProcessAsync(RocketMqQueue queue, Tenure tenure, long offset)
    {
        // Its own clock says that the broker may have given the queue to somebody else.
        while (Stopwatch.GetElapsedTime(tenure.RenewedAt) > _lease / 2)
        {
            if (_stopping.IsCancellationRequested || tenure.Ending.IsCancellationRequested)
                return false;
            await PauseAsync();
        }
        if (_stopping.IsCancellationRequested || tenure.Ending.IsCancellationRequested)
            return false;
        _ledger.Enter(queue, tenure.Number, _clientId, offset);
        await Task.Delay(_work);
        _ledger.Leave(queue, offset);
        tenure.Next = offset + 1;
        return true;
    }

    private async Task CommitAsync(RemotingClient broker, RocketMqQueue queue, long offset) => await broker.MustAsync(
        RocketMqRequestCode.UpdateConsumerOffset,
        RocketMqFields.Of(new UpdateConsumerOffsetRequest(_group, _topic, queue.QueueId, offset)));

    private async Task<IReadOnlyList<RocketMqQueue>> LockAsync(RemotingClient broker, IReadOnlyList<RocketMqQueue> queues)
    {
        RocketMqCommand answer = await broker.MustAsync(RocketMqRequestCode.LockBatchMq, null, LockBody(_clientId, _group, queues));
        return [.. RocketMqJson.Parse(answer.Body.Span).ItemsOf("lockOKMQSet").Select(RocketMqQueue.Read)];
    }

    /// <summary>A heartbeat is the first word on every connection.</summary>
    private async Task IntroduceAsync(RemotingClient client)
    {
        client.Overheard += request =>
        {
            if (request.Code == (int)RocketMqRequestCode.NotifyConsumerIdsChanged)
                _changed.Release();
        };
        await client.MustAsync(RocketMqRequestCode.HeartBeat, null, HeartbeatBody());
    }

    private byte[] HeartbeatBody() => Encoding.UTF8.GetBytes(
        $$"""
        {"clientID":"{{_clientId}}","consumerDataSet":[{"consumeFromWhere":"CONSUME_FROM_FIRST_OFFSET",
        "consumeType":"CONSUME_PASSIVELY","groupName":"{{_group}}","messageModel":"CLUSTERING","subscriptionDataSet":[
        {"classFilterMode":false,"codeSet":[],"expressionType":"TAG","subString":"*","subVersion":1,"tagsSet":[],
        "topic":"{{_topic}}"}],"unitMode":false}],"producerDataSet":[{"groupName":"CLIENT_INNER_PRODUCER"}]}
        """);

    /// <summary>What a client meets while a broker restarts, and its own end.</summary>
    private static bool IsTrouble(Exception exception) =>
        exception is IOException or TimeoutException or OperationCanceledException or ObjectDisposedException
            or Xunit.Sdk.XunitException;

    private static Task PauseAsync() => Task.Delay(50);

    /// <summary>The time for which it has a queue.</summary>
    private sealed class Tenure(long number, long offset)
    {
        public long Number => number;

        /// <summary>The next offset to process.</summary>
        public long Next { get; set; } = offset;

        /// <summary>Monotonic; when the lock that was granted was asked for.</summary>
        public long RenewedAt { get; set; }

        public CancellationTokenSource Ending { get; } = new();

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
