using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Partitions: made by number, gone with their topic.</summary>
public sealed partial class DirectoryMachine
{
    private Answer GrowPartitions(
        in CommandMeta meta, DirectoryCommand.GrowPartitions command, IGroupContext context)
    {
        if (_state.Topics.Find(command.Topic.Value) is not { } topic)
            return Refused(Reply.TopicNotFound);
        // What goes by itself goes without a command, and nobody would tell the groups of its partitions.
        bool canHaveSome = topic.Info is { Durable: true, AutoDelete: false, Kind: not TopicKind.Default };
        bool isDataGroup = command.Group.Value > 0
            && command.Group.Value <= Math.Min(_state.DataGroups, Positions.MaxGroup);
        if (!canHaveSome || !isDataGroup)
            return Refused(Reply.NotAllowed);

        List<QueueRecord> present = [.. topic.Partitions.Where(one => one.Info.Group == command.Group)];
        if (command.Count is < 1 or > DirectoryLimits.MaxPartitions
            || _state.PartitionCount + command.Count - present.Count > _state.Limits.MaxQueues
            || context.OutboxBytes > _state.Limits.MaxOutboxBytes)
        {
            return Refused(Reply.LimitReached);
        }

        for (int number = present.Count; number < command.Count; number++)
            present.Add(AddPartition(meta, topic.Info, command, number, context));
        return new Answer(Reply.Ok, present[^1].Info.Id.Value);
    }

    private QueueRecord AddPartition(
        in CommandMeta meta,
        TopicInfo topic,
        DirectoryCommand.GrowPartitions command,
        int number,
        IGroupContext context)
    {
        var settings = new QueueSettings
        {
            RetentionMs = command.Settings.RetentionMs,
            MaxMessageBytes = command.Settings.MaxMessageBytes,
        };
        var info = new QueueInfo(
            new QueueId(NextId()),
            topic.Namespace,
            command.Group,
            Name: "",
            Durable: true,
            AutoDelete: false,
            Owner: null,
            settings,
            Arguments: default,
            CreatedMs: meta.TimestampMs,
            ChangedMs: meta.TimestampMs);
        var record = new QueueRecord(info, QueueState.Creating, Declarer: null)
        {
            Partition = new PartitionInfo(info.Id, topic.Id, command.Group, number),
        };
        _state = _state.WithQueue(record);

        var news = new ArrayBufferWriter<byte>();
        _queueCommands.CreatePartition(news, info.Id, info.Namespace, info.Settings);
        context.Send(info.Group, news.WrittenSpan);
        return record;
    }

    private void RemovePartitions(TopicEntry? topic, IGroupContext context)
    {
        foreach (QueueRecord partition in topic?.Partitions ?? [])
            RemoveQueue(partition, context);
    }
}
