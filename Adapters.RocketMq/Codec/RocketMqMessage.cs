using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>A stored message as pulls, views, queries and checks show it (specification section 8).</summary>
/// <param name="Topic">At most 127 bytes of UTF-8.</param>
/// <param name="QueueOffset">Contiguous within the queue.</param>
/// <param name="Position">The physical offset.</param>
public sealed record RocketMqMessage(string Topic, int QueueId, long QueueOffset, long Position)
{
    /// <summary>The application's own flag.</summary>
    public int Flag { get; init; }

    /// <summary>See <see cref="RocketMqSysFlag"/>.</summary>
    public int SysFlag { get; init; }

    /// <summary>The producer's clock, Unix ms.</summary>
    public long BornTimestampMs { get; init; }

    public RocketMqEndPoint BornHost { get; init; }

    /// <summary>Log time of the store, Unix ms.</summary>
    public long StoreTimestampMs { get; init; }

    public RocketMqEndPoint StoreHost { get; init; }

    public int ReconsumeTimes { get; init; }

    /// <summary>Position of the half message that a commit made visible; else 0.</summary>
    public long PreparedTransactionOffset { get; init; }

    public ReadOnlySequence<byte> Body { get; init; }

    /// <summary>The property string in UTF-8, at most 32,767 bytes.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }
}
