namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message in a partition.</summary>
/// <param name="Offset">Its number in the partition: contiguous from 0, never used again.</param>
/// <param name="Position">Its place in the whole cluster: 8 bits of group, then a 45-bit counter.</param>
/// <param name="StoredMs">Log time at which it was appended, Unix ms.</param>
/// <param name="TagHash">As given by <see cref="Publication.TagHash"/>.</param>
public sealed record PartitionMessage(
    QueueId Partition, long Offset, long Position, long StoredMs, int TagHash, StoredMessage Message)
{
    /// <summary>What it counts towards <see cref="PartitionQuery.MaxBytes"/>.</summary>
    public long Bytes => Message.Properties.Length + Message.Body.Length;
}
