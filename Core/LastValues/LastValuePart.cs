using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>
/// The last values of the topics and keys that hash to a group (DESIGN section 2, Last value). The messages stay in the
/// log; a value counts as one reference on its entry.
/// </summary>
internal sealed class LastValuePart(LastValueLimits limits) : IMachinePart
{
    private readonly SortedDictionary<long, LastValueTree> _topics = [];
    private readonly SortedSet<(long DueMs, long Topic, string Key)> _due = new(
        Comparer<(long DueMs, long Topic, string Key)>.Create(static (a, b) =>
        {
            int order = a.DueMs.CompareTo(b.DueMs);
            order = order != 0 ? order : a.Topic.CompareTo(b.Topic);
            return order != 0 ? order : string.CompareOrdinal(a.Key, b.Key);
        }));

    /// <summary>Topics whose values were dropped, the oldest first.</summary>
    private readonly Queue<long> _gone = new();

    public byte FirstKind => (byte)LastValueCommandKind.Put;

    /// <summary>Values, a count.</summary>
    public int Count { get; private set; }

    /// <summary>Their keys in UTF-8, bytes.</summary>
    public long KeyBytes { get; private set; }

    public long NextDueMs => _due.Count == 0 ? long.MaxValue : _due.Min.DueMs;

    /// <summary>Changes whenever a topic got its first value or lost its last one; not part of the state.</summary>
    public long TopicChanges { get; private set; }

    /// <summary>Topics that have values, by id.</summary>
    public IEnumerable<TopicId> Topics => _topics.Keys.Select(topic => new TopicId(topic));

    /// <summary>Null when the topic has no values.</summary>
    public LastValueTree? Find(TopicId topic) => _topics.GetValueOrDefault(topic.Value);

    public Answer Apply(in CommandMeta meta, ReadOnlyMemory<byte> command, in PartContext context)
    {
        var input = new QueueCommandReader(command);
        var kind = (LastValueCommandKind)input.ReadByte();
        long topic = input.ReadInt64();
        switch (kind)
        {
            case LastValueCommandKind.Put:
                return new Answer(Put(meta, topic, command, context), 0);
            case LastValueCommandKind.Clear:
                Remove(topic, input.ReadString(), context);
                return Answer.Ok;
            case LastValueCommandKind.DropTopic:
                DropTopic(topic, context);
                return Answer.Ok;
            default:
                throw new InvariantException($"unknown command {(byte)kind}");
        }
    }

    /// <summary>A message that another command has stored in the group becomes the last value of a topic and
    /// key.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="key">The key.</param>
    /// <param name="unit">Where it is stored; one more reference on its entry.</param>
    /// <param name="expiresMs">As in <see cref="LastValue.ExpiresMs"/>.</param>
    /// <param name="context">The machine.</param>
    /// <returns>False: there is no room for it, or the topic was deleted.</returns>
    public bool TryPut(TopicId topic, string key, UnitRef unit, long expiresMs, in PartContext context)
    {
        if (!HasRoom(topic.Value, key))
            return false;
        context.Live.Add(unit.Index);
        Remove(topic.Value, key, context);
        Add(topic.Value, key, new LastValue(unit, expiresMs));
        return true;
    }

    /// <summary>There is no last value any more.</summary>
    public void Clear(TopicId topic, string key, in PartContext context) => Remove(topic.Value, key, context);

    public void NodeGone(in CommandMeta meta, NodeIncarnation gone, in PartContext context)
    {
        // A last value is nobody's: it outlives whoever put it.
    }

    public void Tick(in CommandMeta meta, in PartContext context)
    {
        for (int left = limits.MaxWorkPerCommand; left > 0 && NextDueMs <= meta.TimestampMs; left--)
        {
            (_, long topic, string key) = _due.Min;
            Remove(topic, key, context);
        }
    }

    public void FindLive(LiveSlots live)
    {
        foreach (LastValueTree tree in _topics.Values)
        {
            foreach ((_, LastValue value) in tree.All())
                live.Add(value.Unit);
        }
    }

    public void Write(IBufferWriter<byte> output)
    {
        output.PutCount(_gone.Count);
        foreach (long topic in _gone)
            output.PutInt64(topic);
        output.PutCount(_topics.Count);
        foreach ((long topic, LastValueTree tree) in _topics)
        {
            output.PutInt64(topic);
            output.PutInt32(tree.All().Count());
            foreach ((string key, LastValue value) in tree.All())
            {
                output.PutString(key);
                output.PutUnit(value.Unit);
                output.PutInt64(value.ExpiresMs);
            }
        }
    }

    public void Read(ref QueueCommandReader input)
    {
        _topics.Clear();
        _due.Clear();
        _gone.Clear();
        Count = 0;
        KeyBytes = 0;
        for (int gone = input.ReadCount(); gone > 0; gone--)
            _gone.Enqueue(input.ReadInt64());
        for (int topics = input.ReadCount(); topics > 0; topics--)
        {
            long topic = input.ReadInt64();
            for (int values = input.ReadInt32(); values > 0; values--)
                Add(topic, input.ReadString(), new LastValue(input.ReadUnit(), input.ReadInt64()));
        }
    }

    private Reply Put(in CommandMeta meta, long topic, ReadOnlyMemory<byte> command, in PartContext context)
    {
        ReadOnlyMemory<byte> publish = LastValueCommands.PublishOf(command);
        var input = new QueueCommandReader(publish);
        input.ReadKind();
        var head = new PublishHead(ref input);
        input.SkipString();
        string key = input.ReadString();
        // First of all, so that a body that went ahead is let go when it is refused.
        (Reply reply, _) = context.Machine.Take(meta, publish, command.Length, full: !HasRoom(topic, key));
        if (reply == Reply.TooManyHeld)
            return _gone.Contains(topic) ? Reply.Gone : Reply.LimitReached;
        if (reply != Reply.Ok)
            return reply;
        Remove(topic, key, context);
        long expiresMs = ExpiresMs(meta.TimestampMs, head.TtlMs);
        Add(topic, key, new LastValue(new UnitRef(meta.Index, meta.Slot), expiresMs));
        return Reply.Ok;
    }

    /// <summary>When a message counts no more.</summary>
    /// <param name="nowMs">Log time.</param>
    /// <param name="ttlMs">Its time to live; -1 = none.</param>
    public static long ExpiresMs(long nowMs, long ttlMs) =>
        ttlMs < 0 || ttlMs > long.MaxValue - nowMs ? long.MaxValue : nowMs + ttlMs;

    private bool HasRoom(long topic, string key)
    {
        if (_gone.Contains(topic) || LevelKey.CountLevels(key) > LevelKey.MaxLevels)
            return false;
        if (_topics.GetValueOrDefault(topic)?.Find(key) is not null)
            return true;
        return Count < limits.MaxValues && KeyBytes + Encoding.UTF8.GetByteCount(key) <= limits.MaxKeyBytes;
    }

    private void Add(long topic, string key, LastValue value)
    {
        if (!_topics.TryGetValue(topic, out LastValueTree? tree))
        {
            _topics.Add(topic, tree = new LastValueTree());
            TopicChanges++;
        }

        tree.Put(key, value);
        Count++;
        KeyBytes += Encoding.UTF8.GetByteCount(key);
        if (value.ExpiresMs != long.MaxValue)
            _due.Add((value.ExpiresMs, topic, key));
    }

    private void Remove(long topic, string key, in PartContext context)
    {
        if (!_topics.TryGetValue(topic, out LastValueTree? tree) || tree.Find(key) is not { } value)
            return;
        tree.Remove(key);
        if (tree.IsEmpty)
        {
            _topics.Remove(topic);
            TopicChanges++;
        }

        Count--;
        KeyBytes -= Encoding.UTF8.GetByteCount(key);
        if (value.ExpiresMs != long.MaxValue)
            _due.Remove((value.ExpiresMs, topic, key));
        context.Live.Release(value.Unit.Index);
    }

    private void DropTopic(long topic, in PartContext context)
    {
        if (!_gone.Contains(topic))
            _gone.Enqueue(topic);
        if (_gone.Count > limits.MaxGoneTopics)
            _gone.Dequeue();
        if (!_topics.TryGetValue(topic, out LastValueTree? tree))
            return;
        string[] keys = [.. tree.All().Take(limits.MaxWorkPerCommand).Select(one => one.Key)];
        foreach (string key in keys)
            Remove(topic, key, context);
    }
}
