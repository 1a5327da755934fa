using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>What a payload begins with: which run it is of, and as which message.</summary>
/// <param name="Run">Drawn at its start.</param>
/// <param name="Sequence">From 0.</param>
public readonly record struct MessageBody(long Run, long Sequence)
{
    public const int Bytes = 16;

    public static MessageBody Read(ReadOnlySpan<byte> payload) => new(
        BinaryPrimitives.ReadInt64LittleEndian(payload), BinaryPrimitives.ReadInt64LittleEndian(payload[8..]));

    public void Write(Span<byte> payload)
    {
        BinaryPrimitives.WriteInt64LittleEndian(payload, Run);
        BinaryPrimitives.WriteInt64LittleEndian(payload[8..], Sequence);
    }
}
