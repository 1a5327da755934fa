using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Partitions: asked of the leaders of their groups.</content>
internal sealed partial class BrokerConnection : IPartitions
{
    /// <summary>What was confirmed is there to be read; a reader need not wait for what is still on its way.</summary>
    private const long AtOnce = 0;

    public IPartitions Partitions => this;

    IReadOnlyList<PartitionInfo> IPartitions.List(TopicId topic) => Directory.ListPartitions(topic);

    async ValueTask<Reply> IPartitions.GrowAsync(
        TopicId topic, GroupId group, int count, QueueSettings settings, CancellationToken cancellation)
    {
        Answer answer = await ChangeAsync(
            new DirectoryCommand.GrowPartitions(topic, group, count, settings), cancellation).ConfigureAwait(false);
        if (answer.Reply != Reply.Ok)
            return answer.Reply;
        // Groups make them in the order of their ids, so the last one stands for all.
        var last = new QueueId(answer.Value);
        Reply settled = await AwaitTopologyAsync(last, gone: false, cancellation).ConfigureAwait(false);
        if (settled != Reply.Ok)
            return settled;
        return Directory.FindPartition(last) is null ? Reply.TopicNotFound : Reply.Ok;
    }

    async ValueTask<(Reply Reply, PartitionRead? Read)> IPartitions.ReadAsync(
        QueueId partition, PartitionQuery query, CancellationToken cancellation)
    {
        if (Directory.FindPartition(partition) is not { } info)
            return (Reply.QueueNotFound, null);
        long number = _life.NextRequest();
        PartitionSaid said;
        try
        {
            said = await AskAsync(
                info.Group,
                new PartitionAsk.Read(partition, query),
                cancellation,
                number,
                Math.Max(0, query.WaitMs)).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            StopReading(info.Group, number);
            throw;
        }

        if (said.Reply == Reply.TimedOut)
            StopReading(info.Group, number);
        return said.Reply == Reply.Ok
            ? (Reply.Ok, new PartitionRead(said.Messages, said.Offset, said.Bounds.MinOffset, said.Bounds.MaxOffset))
            : (said.Reply, null);
    }

    async ValueTask<(Reply Reply, PartitionBounds Bounds)> IPartitions.GetBoundsAsync(
        QueueId partition, CancellationToken cancellation)
    {
        if (Directory.FindPartition(partition) is not { } info)
            return (Reply.QueueNotFound, default);
        PartitionSaid said = await AskAsync(info.Group, new PartitionAsk.Bounds(partition), cancellation)
            .ConfigureAwait(false);
        return (said.Reply, said.Bounds);
    }

    async ValueTask<(Reply Reply, long Offset)> IPartitions.FindOffsetAsync(
        QueueId partition, long timeMs, CancellationToken cancellation)
    {
        if (Directory.FindPartition(partition) is not { } info)
            return (Reply.QueueNotFound, 0);
        PartitionSaid said = await AskAsync(info.Group, new PartitionAsk.FindOffset(partition, timeMs), cancellation)
            .ConfigureAwait(false);
        return (said.Reply, said.Offset);
    }

    async ValueTask<(Reply Reply, PartitionMessage? Message)> IPartitions.FindByPositionAsync(
        long position, CancellationToken cancellation)
    {
        GroupId group = Positions.GroupOf(position);
        if (group.Value < 1 || group.Value > Directory.DataGroups)
            return (Reply.Ok, null);
        PartitionSaid said = await AskAsync(
            group, new PartitionAsk.FindPosition(position, Namespace), cancellation).ConfigureAwait(false);
        return (said.Reply, said.Messages.Count > 0 ? said.Messages[0] : null);
    }

    async ValueTask<(Reply Reply, IReadOnlyList<PartitionMessage> Messages)> IPartitions.FindByKeyAsync(
        TopicId topic, string key, long fromMs, long toMs, int most, CancellationToken cancellation)
    {
        if (Directory.FindTopic(topic) is null)
            return (Reply.TopicNotFound, []);
        Task<PartitionSaid>[] asked =
        [
            .. Directory.ListPartitions(topic).GroupBy(one => one.Group, one => one.Id).Select(group => AskAsync(
                group.Key, new PartitionAsk.FindKey([.. group], key, fromMs, toMs, most), cancellation)),
        ];
        List<PartitionMessage> messages = [];
        foreach (PartitionSaid said in await Task.WhenAll(asked).ConfigureAwait(false))
        {
            if (said.Reply != Reply.Ok)
                return (said.Reply, []);
            messages.AddRange(said.Messages);
        }

        return (Reply.Ok, [.. messages.OrderByDescending(one => one.StoredMs).Take(most)]);
    }

    private async Task<PartitionSaid> AskAsync(
        GroupId group, PartitionAsk ask, CancellationToken cancellation, long number = 0, int waitMs = 0) =>
        await _life.AskAsync(
            group,
            PartitionCodec.ToPart(ask),
            cancellation,
            number,
            TimeSpan.FromMilliseconds(waitMs),
            AtOnce).ConfigureAwait(false) switch
        {
            PartitionSaid said => said,
            PartSaid refused => PartitionSaid.Refused(refused.Reply),
            _ => PartitionSaid.Refused(Reply.TimedOut),
        };

    private void StopReading(GroupId group, long number) =>
        _life.Tell(group, PartitionCodec.ToPart(new PartitionAsk.Cancel(number)));
}
