using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>One frame; the payload borrows from the input that it was read from.</summary>
public readonly record struct AmqpFrame(AmqpFrameType Type, ushort Channel, ReadOnlySequence<byte> Payload)
{
    /// <summary>Type, channel, size and end octet.</summary>
    public const int OverheadBytes = 8;

    public const int HeaderBytes = 7;

    /// <summary>Class and method in front of a method's fields.</summary>
    public const int MethodIdBytes = 4;

    public const byte End = 0xCE;
}
