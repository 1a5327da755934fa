using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>
/// Drives a group at random and keeps book beside it. Proposals are applied late, times pass, leaders change.
/// </summary>
internal sealed class RandomHistory
{
    private const int VisibilityMs = 5_000;

    private readonly Random _random;
    private readonly QueueGroup _group;
    private readonly Dictionary<long, Message> _messages = [];
    private readonly Dictionary<ConsumerKey, long> _credit = [];
    private readonly HashSet<RequestId> _receives = [];
    private readonly HashSet<RequestId> _gets = [];
    private readonly List<ConnectionKey> _connections =
        [new(QueueGroup.NodeA, 1_000_000), new(QueueGroup.NodeB, 1_000_000)];

    private readonly bool _countsBytes;
    private int _delivered;
    private int _nextConnection = 1;

    /// <param name="seed">Of all that is drawn.</param>
    /// <param name="rowsPerBlock">Small, so that there are many blocks.</param>
    /// <param name="rowCacheBytes">Null: all rows stay in memory.</param>
    public RandomHistory(int seed, int rowsPerBlock = 1024, long? rowCacheBytes = null)
    {
        _group = new QueueGroup(
            new QueueMachineOptions { RowsPerBlock = rowsPerBlock }, rowCacheBytes: rowCacheBytes);
        _random = new Random(seed);
        _countsBytes = seed % 3 == 0;
        _group.Create(new QueueSettings
        {
            RewindMs = seed % 2 == 0 ? 10_000_000 : 0,
            VisibilityTimeoutMs = VisibilityMs,
            MaxBytes = _countsBytes ? 1_000_000 : null,
        });
    }

    private enum State
    {
        Pending,
        Settled,
        Dropped,
    }

    public void Run(int steps)
    {
        for (int step = 0; step < steps; step++)
        {
            Step();
            Read();
            MostStoredBlocks = Math.Max(MostStoredBlocks, _group.StoredBlocks);
            if (step % 50 == 0)
                _group.CheckState();
        }

        Drain();
    }

    /// <summary>Most blocks that were in the block store at a time.</summary>
    public int MostStoredBlocks { get; private set; }

    private void Step()
    {
        switch (_random.Next(100))
        {
            case < 30:
                Publish();
                break;
            case < 38:
                Attach();
                break;
            case < 42:
                Detach();
                break;
            case < 55:
                SettleSome();
                break;
            case < 60:
                Get();
                break;
            case < 68:
                Receive();
                break;
            case < 72:
                Close();
                break;
            case < 75:
                ChangeLeader();
                break;
            case < 77:
                Purge();
                break;
            case < 79:
                Rewind();
                break;
            case < 84:
                Pass(_random.Next(2_000));
                break;
            default:
                Work();
                break;
        }
    }

    private void Work()
    {
        _group.Dispatcher.Pump(_group.NowMs);
        for (int i = _random.Next(4); i > 0 && _group.Waiting > 0; i--)
            _group.CommitOne();
        if (_random.Next(3) == 0)
            _group.Settle();
    }

    private void Publish()
    {
        for (int i = _random.Next(1, 6); i > 0; i--)
        {
            long delayMs = _random.Next(6) == 0 ? _random.Next(1, 5_000) : 0;
            long sequence = _group.Publish($"{_messages.Count}", delayMs: delayMs).Value;
            Assert.Equal(_messages.Count, sequence);
            _messages.Add(sequence, new Message { PublishedMs = _group.NowMs, VisibleMs = _group.NowMs + delayMs });
        }
    }

    private void Attach()
    {
        NodeIncarnation node = _random.Next(2) == 0 ? QueueGroup.NodeA : QueueGroup.NodeB;
        long credit = _random.Next(1, 20);
        ConsumerKey consumer = _group.Attach(_nextConnection++, 1, credit, _random.Next(3), node);
        _credit.Add(consumer, credit);
        _connections.Add(consumer.Connection);
    }

    private void Detach()
    {
        if (AnyConsumer() is not { } consumer)
            return;
        _group.Apply(output => QueueCommandWriter.Detach(output, QueueGroup.Orders, consumer));
        Read();
        _credit.Remove(consumer);
    }

    private void Close()
    {
        if (AnyConsumer() is not { } consumer)
            return;
        _group.Apply(output => QueueCommandWriter.CloseConnection(output, consumer.Connection));
        Read();
        _credit.Remove(consumer);
        foreach (Message message in _messages.Values)
        {
            if (message.Holder == consumer.Connection)
                message.Holder = null;
        }
    }

    private void SettleSome()
    {
        (long sequence, Message message)[] held =
            [.. _messages.Where(pair => pair.Value.IsHeld(_group.NowMs)).Select(pair => (pair.Key, pair.Value))];
        for (int i = _random.Next(1, 6); i > 0 && held.Length > 0; i--)
        {
            (long sequence, Message message) = held[_random.Next(held.Length)];
            if (!message.IsHeld(_group.NowMs))
                continue;
            if (message.Receipt != 0)
            {
                Assert.Equal(1, _group.SettleReceipts(message.Receipt).Value);
                message.End(State.Settled);
                continue;
            }

            var outcome = (SettleOutcome)_random.Next(3);
            ConnectionKey holder = message.Holder!.Value;
            message.End(outcome == SettleOutcome.Returned ? State.Pending : State.Settled);
            message.WasReturned = true;
            _group.SettleBy(holder, outcome, sequence);
        }
    }

    private void Get()
    {
        RequestId id = _group.NextRequest();
        _gets.Add(id);
        _group.Dispatcher.Handle(
            new QueueRequest.Get(id, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeA, 1_000_000), false),
            _group.NowMs);
    }

    private void Receive()
    {
        RequestId id = _group.NextRequest();
        _receives.Add(id);
        _group.Dispatcher.Handle(
            new QueueRequest.Receive(
                id,
                QueueGroup.Orders,
                new ConnectionKey(QueueGroup.NodeB, 1_000_000),
                _random.Next(1, 5),
                _random.Next(2) * 3_000),
            _group.NowMs);
    }

    private void ChangeLeader()
    {
        Read();
        _group.ChangeLeader(QueueGroup.NodeA, QueueGroup.NodeB);
        // Receives are sent again by their nodes, under their names; gets are given up.
        _gets.Clear();
        RequestId[] again = [.. _receives.Where(id => !_group.Responses.ContainsKey(id))];
        foreach (RequestId id in again)
        {
            _group.Dispatcher.Handle(
                new QueueRequest.Receive(
                    id, QueueGroup.Orders, new ConnectionKey(QueueGroup.NodeB, 1_000_000), 3, 3_000),
                _group.NowMs);
        }

        foreach (NodeIncarnation node in new[] { QueueGroup.NodeA, QueueGroup.NodeB })
        {
            if (_random.Next(2) == 0)
                Work();
            Read();
            AnnouncedConsumer[] consumers =
            [
                .. _credit.Where(pair => pair.Key.Connection.Owner == node)
                    .Select(pair => new AnnouncedConsumer(
                        QueueGroup.Orders,
                        pair.Key,
                        _group.GrantedTo(pair.Key),
                        _group.GrantedTo(pair.Key) - pair.Value)),
            ];
            AnnouncedHold[] held =
            [
                .. _messages.Where(pair => pair.Value.Holder?.Owner == node)
                    .Select(pair => new AnnouncedHold(
                        QueueGroup.Orders,
                        new ConsumerKey(pair.Value.Holder!.Value, pair.Value.Number),
                        [new SequenceRange(pair.Key, 1)])),
            ];
            _group.Dispatcher.Announce(new NodeAnnouncement(node, consumers, held), _group.NowMs);
        }
    }

    private void Purge()
    {
        _group.Settle();
        Read();
        CheckCounts();
        long[] ready = [.. Ready()];
        QueueResponse response = _group.Ask(id => new QueueRequest.Purge(id, QueueGroup.Orders));
        Assert.Equal(ready.Length, response.Count);
        foreach (long sequence in ready)
            _messages[sequence].End(State.Dropped);
    }

    private void Rewind()
    {
        _group.Settle();
        Read();
        long fromMs = _group.NowMs - _random.Next(20_000);
        Reply reply = _group.Ask(id => new QueueRequest.Rewind(id, QueueGroup.Orders, fromMs)).Reply;
        if (reply == Reply.RewindOff)
            return;
        foreach (Message message in _messages.Values)
        {
            if (message.State == State.Settled && message.PublishedMs >= fromMs)
                message.End(State.Pending);
        }

        Read();
    }

    private void Pass(long ms)
    {
        _group.Pass(ms);
        Read();
    }

    /// <summary>Counts at the leader are exact when nothing is on its way.</summary>
    private void CheckCounts()
    {
        QueueStatus status = _group.Status();
        Read();
        long held = _messages.Values.Count(message => message.IsHeld(_group.NowMs));
        long delayed = _messages.Values.Count(
            message => message.State == State.Pending && message.VisibleMs > _group.NowMs);
        Assert.Equal((Ready().Count(), held, delayed), ((int)status.Ready, status.Held, status.Delayed));
        if (_countsBytes)
            Assert.Equal(Ready().Sum(sequence => $"{sequence}".Length), status.ReadyBytes);
    }

    private IEnumerable<long> Ready() => _messages
        .Where(pair => pair.Value.State == State.Pending && !pair.Value.IsHeld(_group.NowMs)
            && pair.Value.VisibleMs <= _group.NowMs)
        .Select(pair => pair.Key);

    /// <summary>Takes what was handed out into the books, and checks that it might be.</summary>
    private void Read()
    {
        for (; _delivered < _group.Delivered.Count; _delivered++)
        {
            DispatchedMessage message = _group.Delivered[_delivered];
            Assert.True(_credit.TryGetValue(message.Consumer, out long credit), "delivered to nobody");
            Assert.True(credit > 0, "delivered without credit");
            _credit[message.Consumer] = credit - 1;
            Hold(message, message.Consumer.Connection);
        }

        foreach (RequestId id in _gets.Concat(_receives).ToArray())
        {
            if (!_group.Responses.TryGetValue(id, out QueueResponse response))
                continue;
            bool strict = _receives.Remove(id);
            _gets.Remove(id);
            foreach (DispatchedMessage message in response.Messages)
                Hold(message, strict ? null : message.Consumer.Connection);
        }
    }

    private void Hold(in DispatchedMessage handed, ConnectionKey? holder)
    {
        Assert.True(_messages.TryGetValue(handed.Sequence, out Message? message), "appeared from nowhere");
        Assert.True(message.State == State.Pending, "came back after it was settled");
        Assert.True(message.VisibleMs <= _group.NowMs, "came before its delay was over");
        // Time only moves when the group has come to rest, so a deadline that has passed was acted on.
        Assert.False(message.IsHeld(_group.NowMs), "is in somebody else's hands");
        Assert.True(!message.WasReturned || handed.Redelivered, "was delivered before and does not say so");
        Assert.Equal($"{handed.Sequence}", _group.BodyOf(handed));
        message.Holder = holder;
        message.Number = handed.Consumer.Number;
        message.Receipt = handed.Receipt;
        message.DeadlineMs = handed.DeadlineMs;
        message.WasReturned = true;
    }

    /// <summary>Everybody goes; all that was not settled or dropped is there, in order, once.</summary>
    private void Drain()
    {
        foreach (ConnectionKey connection in _connections)
            _group.Apply(output => QueueCommandWriter.CloseConnection(output, connection));
        Read();
        _credit.Clear();
        _receives.Clear();
        _group.Pass(2 * VisibilityMs);
        _group.Responses.Clear();
        long[] expected =
            [.. _messages.Where(pair => pair.Value.State == State.Pending).Select(pair => pair.Key).Order()];
        Assert.Equal(expected.Length, _group.Status().Ready);
        _group.Delivered.Clear();
        _group.Attach(connection: 2_000_000, credit: int.MaxValue);
        _group.Settle();
        Assert.Equal(expected, _group.Sequences());
        _group.CheckState();
    }

    private ConsumerKey? AnyConsumer() =>
        _credit.Count == 0 ? null : _credit.Keys.ElementAt(_random.Next(_credit.Count));

    private sealed class Message
    {
        public State State { get; private set; }

        public long PublishedMs { get; init; }

        public long VisibleMs { get; init; }

        /// <summary>Who holds it eagerly.</summary>
        public ConnectionKey? Holder { get; set; }

        /// <summary>The holder's consumer number.</summary>
        public int Number { get; set; }

        public long Receipt { get; set; }

        public long DeadlineMs { get; set; }

        public bool WasReturned { get; set; }

        public bool IsHeld(long nowMs) => Holder is not null || (Receipt != 0 && DeadlineMs > nowMs);

        public void End(State state)
        {
            State = state;
            Holder = null;
            Receipt = 0;
        }
    }
}
