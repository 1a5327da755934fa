using System.Numerics;
using System.Text;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>What decides which partition of a topic gets a message: the publisher's own word, else the hash of its
/// ordering key, else a turn.</summary>
/// <param name="Partition">Of the topic that it is published to; means nothing to topics that are bound to that.</param>
/// <param name="OrderingKey">Messages with one key go to one partition as long as the topic does not grow.</param>
/// <param name="Turns">Deals out the rest; null = the first partition gets it.</param>
public readonly record struct PartitionChoice(QueueId? Partition, string? OrderingKey, PartitionTurns? Turns)
{
    /// <summary>Longest key that is hashed without a buffer of its own, in bytes.</summary>
    private const int MaxStackBytes = 1_024;

    /// <returns>Null when the partition that was asked for is not (or no longer) one of the topic.</returns>
    internal QueueInfo? Choose(TopicId topic, QueueInfo[] partitions, bool isFirst)
    {
        if (isFirst && Partition is { } wanted)
            return Array.Find(partitions, one => one.Id == wanted);
        uint number = OrderingKey is { } key ? HashOf(key) : Turns?.Next(topic) ?? 0;
        return partitions[(int)(number % (uint)partitions.Length)];
    }

    /// <summary>CRC-32C of the key in UTF-8.</summary>
    private static uint HashOf(string key)
    {
        int most = Encoding.UTF8.GetMaxByteCount(key.Length);
        Span<byte> bytes = most <= MaxStackBytes ? stackalloc byte[most] : new byte[most];
        uint crc = uint.MaxValue;
        foreach (byte one in bytes[..Encoding.UTF8.GetBytes(key, bytes)])
            crc = BitOperations.Crc32C(crc, one);
        return ~crc;
    }
}
