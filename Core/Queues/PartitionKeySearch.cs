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
/// <param name="most">Messages to find, in all.</param>
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
    private readonly List<PartitionMessage> _found = [];
    private int _partition = -1;
    private int _foundHere;
    private long _next = -1;
    private long _end;

    /// <summary>What was found: the newest of all partitions, newest first.</summary>
    public IReadOnlyList<PartitionMessage> Found => [.. _found.OrderByDescending(one => one.Position).Take(most)];

    /// <summary>Looks at some more messages.</summary>
    /// <param name="budget">At most so many.</param>
    /// <returns>False: there are no more to look at.</returns>
    public bool Step(int budget)
    {
        for (; budget > 0; budget--)
        {
            // Each has its newest ones looked at, because those of one may be older than all of another.
            while (_next < _end || _foundHere >= most)
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
            if (!HasKey(message.Message))
                continue;
            _found.Add(message);
            _foundHere++;
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
