using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Looks for messages with a key in some partitions of a group, newest first, a slice at a time: properties stand with the
/// bodies in the log, and whoever reads many of them at once keeps the group from its work.
/// </summary>
/// <param name="reader">Reads the partitions.</param>
/// <param name="properties">Reads the properties of every protocol; null for a format without any.</param>
/// <param name="partitions">Where to look; those that are gone have nothing.</param>
/// <param name="key">One of the message's keys, or its id.</param>
/// <param name="fromMs">Log time, Unix ms.</param>
/// <param name="toMs">Log time, Unix ms, inclusive.</param>
/// <param name="most">Messages to find, in all; no more than <see cref="PartitionReader.MaxMessages"/>.</param>
/// <param name="rows">Messages to look at, per partition.</param>
internal sealed class PartitionKeySearch(
    PartitionReader reader,
    Func<PropertyFormat, IPropertyReader?> properties,
    IReadOnlyList<QueueId> partitions,
    string key,
    long fromMs,
    long toMs,
    int most,
    int rows)
{
    /// <summary>Properties and bodies that one slice reads, in bytes; at least one message.</summary>
    private const long MaxSliceBytes = 1024 * 1024;

    private readonly int _most = Math.Clamp(most, 0, PartitionReader.MaxMessages);

    /// <summary>Where the newest ones are, by their positions; the bodies are read at the end.</summary>
    private readonly PriorityQueue<(QueueId Partition, long Offset), long> _found = new();
    private int _partition = -1;
    private int _foundHere;
    private long _next = -1;
    private long _end;

    /// <summary>Reads what was found: the newest of all partitions, newest first, without what is gone meanwhile. At most
    /// <see cref="PartitionReader.MaxBytes"/>, but at least one message. Once, at the end.</summary>
    public IReadOnlyList<PartitionMessage> ReadFound()
    {
        var places = new Stack<(QueueId Partition, long Offset)>(_found.Count);
        while (_found.TryDequeue(out (QueueId Partition, long Offset) oldest, out _))
            places.Push(oldest);
        List<PartitionMessage> messages = [];
        long left = PartitionReader.MaxBytes;
        foreach ((QueueId id, long offset) in places)
        {
            if (reader.Find(id) is not { } partition || offset < partition.MinOffset)
                continue;
            PartitionMessage message = reader.MessageAt(partition, offset);
            left -= message.Bytes;
            if (left < 0 && messages.Count > 0)
                break;
            messages.Add(message);
        }

        return messages;
    }

    /// <summary>Looks at some more messages.</summary>
    /// <param name="budget">At most so many, and at most a megabyte of them.</param>
    /// <returns>False: there are no more to look at.</returns>
    public bool Step(int budget)
    {
        for (long bytes = 0; budget > 0 && bytes < MaxSliceBytes; budget--)
        {
            // Each has its newest ones looked at, because those of one may be older than all of another.
            while (_next < _end || _foundHere >= _most)
            {
                if (!NextPartition())
                    return false;
            }

            // What retention has taken meanwhile is passed by.
            if (reader.Find(partitions[_partition]) is not { } partition || _next < partition.MinOffset)
            {
                _next = _end - 1;
                continue;
            }

            PartitionMessage message = reader.MessageAt(partition, _next--);
            bytes += message.Bytes;
            if (!HasKey(message.Message))
                continue;
            _foundHere++;
            _found.Enqueue((message.Partition, message.Offset), message.Position);
            if (_found.Count > _most)
                _found.Dequeue();
        }

        return true;
    }

    private bool NextPartition()
    {
        if (++_partition >= partitions.Count)
            return false;
        _foundHere = 0;
        (_next, _end) = (-1, 0);
        if (reader.Find(partitions[_partition]) is not { } partition)
            return true;
        _next = (toMs == long.MaxValue ? partition.NextSequence : partition.OffsetOfTime(toMs + 1)) - 1;
        _end = Math.Max(partition.OffsetOfTime(fromMs), _next - rows + 1);
        return true;
    }

    private bool HasKey(StoredMessage message)
    {
        if (properties(message.Format) is not { } format)
            return false;
        MessageProperties known = format.Read(message.Properties);
        return known.MessageId == key || known.Keys.Contains(key);
    }
}
