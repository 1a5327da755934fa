using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Codec;

/// <summary>One control packet, its body not yet understood.</summary>
/// <param name="Type">1 to 15.</param>
/// <param name="Flags">Low four bits of the first byte; checked against the type.</param>
/// <param name="Body">Everything behind the fixed header; borrows from the input that it was read from.</param>
public readonly record struct MqttFrame(MqttPacketType Type, byte Flags, ReadOnlySequence<byte> Body)
{
    /// <summary>Largest fixed header: one byte and a length of four.</summary>
    public const int MaxHeaderBytes = 5;

    /// <summary>The body in one piece; copied only where it came in several.</summary>
    internal ReadOnlySpan<byte> Span => Body.IsSingleSegment ? Body.FirstSpan : Body.ToArray();
}
