using System.Buffers.Binary;
using System.Text;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>What is stored beside a message's body (<see cref="Core.Broker.PropertyFormat.RocketMq"/>): the
/// header fields of a send that a record shows again, then the property string byte for byte.</summary>
public sealed record RocketMqPropertyBlock
{
    /// <summary>Version byte, flag, sysFlag, born time, born host, reconsume times, prepared
    /// offset.</summary>
    public const int HeadBytes = 1 + 4 + 4 + 8 + RocketMqEndPoint.Bytes + 4 + 8;

    private const byte Layout = 1;

    /// <summary>The application's own flag.</summary>
    public int Flag { get; init; }

    /// <summary>See <see cref="RocketMqSysFlag"/>.</summary>
    public int SysFlag { get; init; }

    /// <summary>The producer's clock, Unix ms.</summary>
    public long BornTimestampMs { get; init; }

    public RocketMqEndPoint BornHost { get; init; }

    public int ReconsumeTimes { get; init; }

    /// <summary>Position of the half message that a commit made visible; else 0.</summary>
    public long PreparedTransactionOffset { get; init; }

    /// <summary>The property string in UTF-8.</summary>
    public ReadOnlyMemory<byte> Properties { get; init; }

    /// <exception cref="RocketMqProtocolException">The block is not ours.</exception>
    public static RocketMqPropertyBlock Parse(ReadOnlyMemory<byte> block)
    {
        ReadOnlySpan<byte> bytes = block.Span;
        if (bytes.IsEmpty)
            return new RocketMqPropertyBlock();
        if (bytes.Length < HeadBytes || bytes[0] != Layout)
            throw RocketMqProtocolException.Request("the property block is broken");
        return new RocketMqPropertyBlock
        {
            Flag = BinaryPrimitives.ReadInt32BigEndian(bytes[1..]),
            SysFlag = BinaryPrimitives.ReadInt32BigEndian(bytes[5..]),
            BornTimestampMs = BinaryPrimitives.ReadInt64BigEndian(bytes[9..]),
            BornHost = RocketMqEndPoint.Read(bytes[17..]),
            ReconsumeTimes = BinaryPrimitives.ReadInt32BigEndian(bytes[25..]),
            PreparedTransactionOffset = BinaryPrimitives.ReadInt64BigEndian(bytes[29..]),
            Properties = block[HeadBytes..],
        };
    }

    /// <summary>The block with this property string instead.</summary>
    public RocketMqPropertyBlock With(RocketMqProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        return this with { Properties = Encoding.UTF8.GetBytes(properties.ToString()) };
    }

    public byte[] ToBytes()
    {
        byte[] block = new byte[HeadBytes + Properties.Length];
        block[0] = Layout;
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(1), Flag);
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(5), SysFlag);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(9), BornTimestampMs);
        BornHost.Write(block.AsSpan(17));
        BinaryPrimitives.WriteInt32BigEndian(block.AsSpan(25), ReconsumeTimes);
        BinaryPrimitives.WriteInt64BigEndian(block.AsSpan(29), PreparedTransactionOffset);
        Properties.CopyTo(block.AsMemory(HeadBytes));
        return block;
    }
}
