using System.Buffers.Binary;

namespace Cmq.MultiProtocol.Benchmarks.Load.Amqp;

/// <summary>One frame (AMQP 0-9-1, section 2.3.5).</summary>
public readonly ref struct AmqpFrame
{
    public const byte Method = 1;
    public const byte Header = 2;
    public const byte Body = 3;
    public const byte Heartbeat = 8;
    public const byte End = 0xCE;

    /// <summary>Type, channel and size; then the payload and its end mark.</summary>
    public const int HeaderBytes = 7;

    private AmqpFrame(byte type, ReadOnlySpan<byte> payload)
    {
        Type = type;
        Payload = payload;
    }

    public byte Type { get; }

    public ReadOnlySpan<byte> Payload { get; }

    /// <summary>Of a method frame.</summary>
    public uint MethodId => BinaryPrimitives.ReadUInt32BigEndian(Payload);

    /// <summary>Bytes of the whole frame.</summary>
    public int Bytes => HeaderBytes + Payload.Length + 1;

    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="IOException">It does not end where it should.</exception>
    public static bool TryRead(ReadOnlySpan<byte> input, out AmqpFrame frame)
    {
        frame = default;
        if (input.Length <= HeaderBytes)
            return false;
        int size = BinaryPrimitives.ReadInt32BigEndian(input[3..]);
        if (input.Length < HeaderBytes + size + 1)
            return false;
        if (input[HeaderBytes + size] != End)
            throw new IOException("a frame without its end mark");
        frame = new AmqpFrame(input[0], input.Slice(HeaderBytes, size));
        return true;
    }

    public static void WriteHeader(Span<byte> output, byte type, int channel, int payloadBytes)
    {
        output[0] = type;
        BinaryPrimitives.WriteUInt16BigEndian(output[1..], (ushort)channel);
        BinaryPrimitives.WriteInt32BigEndian(output[3..], payloadBytes);
    }
}
