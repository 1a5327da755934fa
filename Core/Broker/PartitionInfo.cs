namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A partition: a sequence of messages that is read by offset (DESIGN section 2). Its messages go by age only
/// (<see cref="QueueSettings.RetentionMs"/>).</summary>
/// <param name="Id">Shares the counter of queues.</param>
/// <param name="Group">Data group that has it.</param>
/// <param name="Number">Place among the topic's partitions of this group, from 0.</param>
public sealed record PartitionInfo(QueueId Id, TopicId Topic, GroupId Group, int Number);
