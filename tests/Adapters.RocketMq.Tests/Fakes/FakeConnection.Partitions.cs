using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;

internal sealed partial class FakeConnection : IPartitions, IParkedMessages
{
    public IReadOnlyList<PartitionInfo> List(TopicId topic) =>
    [
        .. broker.Partitions.Select(partition => partition.Info).Where(info => info.Topic == topic)
            .OrderBy(info => info.Group.Value).ThenBy(info => info.Number),
    ];

    public async ValueTask<Reply> GrowAsync(
        TopicId topic, GroupId group, int count, QueueSettings settings, CancellationToken cancellation)
    {
        if (broker.GrowsLater)
            await Task.Yield();
        broker.Grow(topic, group, count);
        broker.Grown = settings;
        return Reply.Ok;
    }

    public ValueTask<(Reply Reply, PartitionRead? Read)> ReadAsync(
        QueueId partition, PartitionQuery query, CancellationToken cancellation)
    {
        FakePartition from = Partition(partition);
        PartitionRead read = Read(from, query);
        if (read.Messages.Count > 0 || query.WaitMs == 0)
            return new((Reply.Ok, read));
        var waiting = new TaskCompletionSource<(Reply, PartitionRead?)>();
        cancellation.Register(() => waiting.TrySetCanceled(cancellation));
        from.Waiting.Add(() =>
        {
            PartitionRead again = Read(from, query);
            if (again.Messages.Count > 0)
                waiting.TrySetResult((Reply.Ok, again));
        });
        // The end of the wait is up to the test.
        broker.EndWaits += () => waiting.TrySetResult((Reply.Ok, Read(from, query)));
        return new(waiting.Task);
    }

    public ValueTask<(Reply Reply, PartitionBounds Bounds)> GetBoundsAsync(
        QueueId partition, CancellationToken cancellation)
    {
        FakePartition from = Partition(partition);
        bool isEmpty = from.Min == from.Max;
        return new((Reply.Ok, new PartitionBounds(
            from.Min, from.Max, isEmpty ? -1 : from.Messages[(int)from.Min].StoredMs, isEmpty ? -1 : from.Messages[^1].StoredMs)));
    }

    public ValueTask<(Reply Reply, long Offset)> FindOffsetAsync(
        QueueId partition, long timeMs, CancellationToken cancellation)
    {
        FakePartition from = Partition(partition);
        int found = from.Messages.FindIndex((int)from.Min, message => message.StoredMs >= timeMs);
        return new((Reply.Ok, found < 0 ? from.Max : found));
    }

    public ValueTask<(Reply Reply, PartitionMessage? Message)> FindByPositionAsync(
        long position, CancellationToken cancellation) => new((Reply.Ok, broker.Partitions
            .SelectMany(partition => partition.Messages).FirstOrDefault(message => message.Position == position)));

    public ValueTask<(Reply Reply, IReadOnlyList<PartitionMessage> Messages)> FindByKeyAsync(
        TopicId topic, string key, long fromMs, long toMs, int most, CancellationToken cancellation)
    {
        IEnumerable<PartitionMessage> found =
            from partition in broker.Partitions
            where partition.Info.Topic == topic
            from message in partition.Messages
            where message.StoredMs >= fromMs && message.StoredMs <= toMs
            let properties = broker.PropertyReader(message.Message.Format)!.Read(message.Message.Properties)
            where properties.Keys.Contains(key) || properties.MessageId == key
            orderby message.Position descending
            select message;
        return new((Reply.Ok, [.. found.Take(most)]));
    }

    public ValueTask<Reply> ShowAsync(long position, string owner, CancellationToken cancellation)
    {
        if (!IsPrepared(position, owner))
            return new(Reply.Gone);
        ShowDue(position);
        return new(Reply.Ok);
    }

    /// <summary>Its time has come.</summary>
    public void ShowDue(long position)
    {
        if (broker.Parked.Remove(position, out var parked))
            Append(parked.Publication);
    }

    public ValueTask<Reply> DropAsync(long position, string owner, CancellationToken cancellation) =>
        new(IsPrepared(position, owner) && broker.Parked.Remove(position) ? Reply.Ok : Reply.Gone);

    public ValueTask<(Reply Reply, string? Topic)> FindTopicAsync(
        long position, string owner, CancellationToken cancellation) => IsPrepared(position, owner)
            ? new((Reply.Ok, broker.Parked[position].Publication.Topic.Name))
            : new((Reply.Gone, null));

    public ValueTask<(Reply Reply, IReadOnlyList<ParkedMessage> Messages)> ListAsync(
        GroupId group, long olderThanMs, int most, CancellationToken cancellation)
    {
        var listed = new List<ParkedMessage>();
        foreach ((long position, var parked) in broker.Parked.ToArray())
        {
            if (parked.Publication.Park!.Group != group || parked.Publication.Park.DelayMs is not null)
                continue;
            listed.Add(parked.Message);
            broker.Parked[position] =
                (parked.Publication, parked.Message with { TimesListed = parked.Message.TimesListed + 1 });
        }
        return new((Reply.Ok, listed));
    }

    private bool IsPrepared(long position, string owner) =>
        broker.Parked.TryGetValue(position, out var parked)
        && parked.Publication.Park is { DelayMs: null } wish && wish.Owner == owner;

    private FakePartition Partition(QueueId id) => broker.Partitions.Single(partition => partition.Info.Id == id);

    private static PartitionRead Read(FakePartition from, PartitionQuery query)
    {
        if (query.Offset < from.Min || query.Offset > from.Max)
            return new([], Math.Clamp(query.Offset, from.Min, from.Max), from.Min, from.Max);
        var messages = new List<PartitionMessage>();
        long next = query.Offset;
        while (next < from.Max && messages.Count < query.MaxMessages)
        {
            PartitionMessage message = from.Messages[(int)next++];
            if (query.TagHashes is null || query.TagHashes.Contains(message.TagHash))
                messages.Add(message);
        }
        return new(messages, next, from.Min, from.Max);
    }
}
