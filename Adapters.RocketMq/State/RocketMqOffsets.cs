using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>14, 15 and 29 to 32: where groups go on, and what queues have (specification sections 13 and
/// 17).</summary>
internal sealed class RocketMqOffsets(RocketMqLink link, RocketMqTopics topics)
{
    /// <summary>What pulls of this connection committed last.</summary>
    private readonly Dictionary<(string Group, QueueId Queue), long> _committed = [];

    public async ValueTask<RocketMqCommand> QueryAsync(RocketMqCommand command)
    {
        var request = QueryConsumerOffsetRequest.Read(command.Fields ?? new());
        PartitionInfo queue = Queue(request.Topic, request.QueueId);
        (Reply reply, long? stored) =
            await link.Ask(link.Groups.FetchOffsetAsync(request.ConsumerGroup, queue.Id, link.Stopping));
        reply.ThrowIfFailed($"consumer group[{request.ConsumerGroup}]");
        if (stored is { } offset)
            return command.Answer(new OffsetResponse(offset));

        // 4.1.0 starts a new group at the first message if that is still in memory, whatever the consumer wishes.
        PartitionBounds bounds = await link.Ask(BoundsAsync(queue));
        if (bounds.MinOffset <= 0 && bounds.MaxOffset <= link.Options.YoungQueueMessages)
            return command.Answer(new OffsetResponse(0));
        return command.Answer(
            RocketMqResponseCode.QueryNotFound, "Not found, V3_0_6_SNAPSHOT maybe this group consumer boot first");
    }

    public async ValueTask<RocketMqCommand> UpdateAsync(RocketMqCommand command)
    {
        var request = UpdateConsumerOffsetRequest.Read(command.Fields ?? new());
        PartitionInfo queue = Queue(request.Topic, request.QueueId);
        // ali-ons says -1 for a queue that it has not begun.
        if (request.CommitOffset >= 0)
        {
            Reply reply = await link.Ask(link.Groups.CommitOffsetAsync(
                request.ConsumerGroup, queue.Id, request.CommitOffset, link.Stopping));
            reply.ThrowIfFailed($"consumer group[{request.ConsumerGroup}]");
            _committed[(request.ConsumerGroup, queue.Id)] = request.CommitOffset;
        }
        return command.Answer(RocketMqResponseCode.Success) with { Fields = new() };
    }

    /// <summary>The offset that a pull carries; it is repeated with every pull and logged when it changes.
    /// Nobody waits for it: the client says it again.</summary>
    public void CommitInPassing(string group, QueueId queue, long offset)
    {
        if (offset < 0 || (_committed.TryGetValue((group, queue), out long known) && known == offset))
            return;
        _committed[(group, queue)] = offset;
        _ = CommitAsync(group, queue, offset);
    }

    public async ValueTask<RocketMqCommand> MaxAsync(RocketMqCommand command)
    {
        var request = QueueRequest.Read(command.Fields ?? new());
        PartitionBounds bounds = await link.Ask(BoundsAsync(Queue(request.Topic, request.QueueId)));
        return command.Answer(new OffsetResponse(bounds.MaxOffset));
    }

    public async ValueTask<RocketMqCommand> MinAsync(RocketMqCommand command)
    {
        var request = QueueRequest.Read(command.Fields ?? new());
        PartitionBounds bounds = await link.Ask(BoundsAsync(Queue(request.Topic, request.QueueId)));
        return command.Answer(new OffsetResponse(bounds.MinOffset));
    }

    public async ValueTask<RocketMqCommand> EarliestAsync(RocketMqCommand command)
    {
        var request = QueueRequest.Read(command.Fields ?? new());
        PartitionBounds bounds = await link.Ask(BoundsAsync(Queue(request.Topic, request.QueueId)));
        return command.Answer(new StoreTimeResponse(bounds.EarliestMs));
    }

    public async ValueTask<RocketMqCommand> SearchAsync(RocketMqCommand command)
    {
        var request = SearchOffsetRequest.Read(command.Fields ?? new());
        return command.Answer(
            new OffsetResponse(await link.Ask(SearchAsync(Queue(request.Topic, request.QueueId), request.TimestampMs))));
    }

    public async ValueTask<PartitionBounds> BoundsAsync(PartitionInfo queue)
    {
        (Reply reply, PartitionBounds bounds) =
            await link.Ask(link.Partitions.GetBoundsAsync(queue.Id, link.Stopping));
        reply.ThrowIfFailed($"queue {queue.Number}");
        return bounds;
    }

    /// <summary>As 4.1.0 finds it: the message of that very time, else the nearer neighbour; the last
    /// message, not the end, for a time behind it.</summary>
    public async ValueTask<long> SearchAsync(PartitionInfo queue, long timeMs)
    {
        PartitionBounds bounds = await link.Ask(BoundsAsync(queue));
        if (bounds.MaxOffset == bounds.MinOffset)
            return bounds.MaxOffset == 0 ? 0 : bounds.MinOffset;
        (Reply reply, long after) = await link.Ask(link.Partitions.FindOffsetAsync(queue.Id, timeMs, link.Stopping));
        reply.ThrowIfFailed($"queue {queue.Number}");
        if (after >= bounds.MaxOffset)
            return bounds.MaxOffset - 1;
        if (after <= bounds.MinOffset)
            return bounds.MinOffset;
        var query = new PartitionQuery(after - 1, 2, link.Options.MaxPullBytes, TagHashes: null, WaitMs: 0);
        (reply, PartitionRead? read) = await link.Ask(link.Partitions.ReadAsync(queue.Id, query, link.Stopping));
        reply.ThrowIfFailed($"queue {queue.Number}");
        if (read!.Messages is not [var left, var right])
            return after;
        return timeMs - left.StoredMs > right.StoredMs - timeMs ? right.Offset : left.Offset;
    }

    private async Task CommitAsync(string group, QueueId queue, long offset)
    {
        try
        {
            Reply reply = await link.Ask(link.Groups.CommitOffsetAsync(group, queue, offset, link.Stopping));
            if (reply != Reply.Ok)
                _committed.Remove((group, queue));
        }
        catch (OperationCanceledException) when (link.Stopping.IsCancellationRequested)
        {
            // The connection is going; the client commits by another one.
            _committed.Remove((group, queue));
        }
    }

    private PartitionInfo Queue(string topic, int queueId) => link.May(Access.Read, topic)
        ? topics.Queue(topic, queueId)
        : throw RocketMqErrors.NoPermission($"no permission to consume topic[{topic}]");
}
