namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>What was sent, confirmed, delivered and settled, and every broken promise. Thread-safe.</summary>
internal sealed class Ledger
{
    private readonly Lock _lock = new();
    private readonly Dictionary<MessageKey, Fate> _fates = [];
    private readonly List<string> _violations = [];
    private int _streams;

    public int ConfirmedCount { get; private set; }

    public int SentCount
    {
        get
        {
            lock (_lock)
                return _fates.Count;
        }
    }

    public int DeliveryCount { get; private set; }

    public int RefusedCount { get; private set; }

    public int MoveCount { get; private set; }

    public int NextStream() => Interlocked.Increment(ref _streams);

    public void Sent(string queue, MessageKey key)
    {
        lock (_lock)
            _fates.Add(key, new Fate(queue));
    }

    public void Confirmed(MessageKey key)
    {
        lock (_lock)
        {
            _fates[key].IsConfirmed = true;
            ConfirmedCount++;
        }
    }

    /// <summary>The broker said no, or that it does not know.</summary>
    public void Refused()
    {
        lock (_lock)
            RefusedCount++;
    }

    /// <summary>A client lost its node, or was turned away, and goes to the next one.</summary>
    public void Moved()
    {
        lock (_lock)
            MoveCount++;
    }

    /// <summary>A delivery to a client.</summary>
    /// <param name="queue">Where it was taken from.</param>
    /// <param name="body">As it came.</param>
    /// <param name="redelivered">As the broker marked it.</param>
    /// <param name="order">Last numbers per stream that this consumer saw; null = order is not promised.</param>
    public MessageKey? Delivered(string queue, ReadOnlySpan<byte> body, bool redelivered, Dictionary<int, int>? order)
    {
        MessageKey? read = MessageBody.Read(body);
        lock (_lock)
        {
            DeliveryCount++;
            if (read is not { } key || !_fates.TryGetValue(key, out Fate? fate))
            {
                _violations.Add($"queue {queue} delivered {body.Length} bytes that nobody sent ({read})");
                return null;
            }

            if (fate.Queue != queue)
                _violations.Add($"{key} was sent to {fate.Queue} and delivered from {queue}");
            if (fate.IsSettled)
                _violations.Add($"{key} came back from {queue} after its settlement was certain");
            fate.Deliveries++;
            if (redelivered || order is null)
                return key;
            if (order.TryGetValue(key.Stream, out int last) && last >= key.Number)
                _violations.Add($"{key} came from {queue} after {last} of its stream, not marked as redelivered");
            order[key.Stream] = key.Number;
            return key;
        }
    }

    /// <summary>It is certain that the settlement of these was applied.</summary>
    public void Settled(IEnumerable<MessageKey> keys)
    {
        lock (_lock)
        {
            foreach (MessageKey key in keys)
                _fates[key].IsSettled = true;
        }
    }

    public void Violation(string what)
    {
        lock (_lock)
            _violations.Add(what);
    }

    /// <summary>Confirmed and never delivered.</summary>
    public IReadOnlyList<string> Missing()
    {
        lock (_lock)
        {
            return [.. _fates.Where(one => one.Value is { IsConfirmed: true, Deliveries: 0 })
                .Select(one => $"{one.Key} of {one.Value.Queue}")];
        }
    }

    public void AssertPromisesKept()
    {
        IReadOnlyList<string> missing = Missing();
        lock (_lock)
        {
            Assert.True(_violations.Count == 0, Say("broken promises", _violations));
            Assert.True(missing.Count == 0, Say($"of {ConfirmedCount} confirmed messages were lost", missing));
        }
    }

    private static string Say(string what, IReadOnlyList<string> list) =>
        $"{list.Count} {what}: {string.Join("; ", list.Take(20))}";

    private sealed class Fate(string queue)
    {
        public string Queue { get; } = queue;

        public bool IsConfirmed { get; set; }

        public int Deliveries { get; set; }

        public bool IsSettled { get; set; }
    }
}
