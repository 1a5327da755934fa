using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

namespace Cmq.MultiProtocol.Interop.RocketMq.Raw;

/// <summary>What was processed when and by whom, and whether that was in order. Thread-safe.</summary>
internal sealed class OrderLedger
{
    private readonly Lock _gate = new();
    private readonly Dictionary<RocketMqQueue, Queue> _queues = [];
    private readonly List<string> _faults = [];

    /// <summary>Messages of all queues that were processed at least once.</summary>
    public long Processed
    {
        get
        {
            lock (_gate)
                return _queues.Values.Sum(queue => queue.Highest + 1);
        }
    }

    /// <summary>A client begins with a queue that it was granted, at the offset that the group has committed.</summary>
    /// <returns>Number of the tenure.</returns>
    public long Begin(RocketMqQueue name, string client, long offset)
    {
        lock (_gate)
        {
            Queue queue = QueueOf(name);
            if (queue.Holder is { } holder && holder != client)
                Fault(name, $"{client} begins while {holder} has it");
            if (offset > queue.Highest + 1)
                Fault(name, $"{client} begins at {offset}, but {queue.Highest} is the last that was processed");
            queue.Holder = client;
            queue.Next = offset;
            queue.Clients.Add(client);
            return ++queue.Tenure;
        }
    }

    /// <summary>A message is being processed.</summary>
    public void Enter(RocketMqQueue name, long tenure, string client, long offset)
    {
        lock (_gate)
        {
            Queue queue = QueueOf(name);
            if (queue.Tenure != tenure)
                Fault(name, $"{client} processes {offset} after {queue.Holder} has begun");
            if (queue.Inside is { } other)
                Fault(name, $"{client} processes {offset} while {other} is processing");
            if (offset != queue.Next)
                Fault(name, $"{client} processes {offset}, {queue.Next} is next");
            queue.Inside = client;
        }
    }

    public void Leave(RocketMqQueue name, long offset)
    {
        lock (_gate)
        {
            Queue queue = QueueOf(name);
            queue.Inside = null;
            queue.Next = offset + 1;
            queue.Highest = Math.Max(queue.Highest, offset);
        }
    }

    /// <summary>The client gives the queue up, or is dead.</summary>
    public void End(RocketMqQueue name, long tenure)
    {
        lock (_gate)
        {
            Queue queue = QueueOf(name);
            if (queue.Tenure == tenure)
                queue.Holder = queue.Inside = null;
        }
    }

    /// <summary>How many clients each queue has had.</summary>
    public IReadOnlyDictionary<RocketMqQueue, int> Clients()
    {
        lock (_gate)
            return _queues.ToDictionary(queue => queue.Key, queue => queue.Value.Clients.Count);
    }

    /// <summary>Nothing was out of order, and each queue was processed to its end.</summary>
    public void AssertInOrder(IEnumerable<RocketMqQueue> queues, long messagesPerQueue)
    {
        lock (_gate)
        {
            Assert.Empty(_faults);
            foreach (RocketMqQueue queue in queues)
                Assert.Equal(messagesPerQueue - 1, QueueOf(queue).Highest);
        }
    }

    private Queue QueueOf(RocketMqQueue name)
    {
        if (!_queues.TryGetValue(name, out Queue? queue))
            _queues.Add(name, queue = new Queue());
        return queue;
    }

    private void Fault(RocketMqQueue queue, string what) => _faults.Add($"{queue.BrokerName}/{queue.QueueId}: {what}");

    private sealed class Queue
    {
        public string? Holder { get; set; }

        public string? Inside { get; set; }

        public long Tenure { get; set; }

        public long Next { get; set; }

        public long Highest { get; set; } = -1;

        public HashSet<string> Clients { get; } = [];
    }
}
