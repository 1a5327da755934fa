using System.Buffers;
using System.Buffers.Binary;
using Cmq.MultiProtocol.Connections;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>Writes frames. Not thread-safe.</summary>
public sealed class AmqpWriter(IBufferWriter<byte> output)
{
    /// <summary>From this size on a body is sent from where it lies, if the output can do that.</summary>
    private const int ShareBodyBytes = 16 * 1024;

    private const ushort BasicClass = 60;

    private readonly ISharingOutput? _sharing = output as ISharingOutput;
    private readonly AmqpFieldWriter _fields = new();

    /// <summary>The answer to a protocol header that we do not speak.</summary>
    public void ProtocolHeader() => output.Write("AMQP\0\0\x09\x01"u8);

    public void Heartbeat() => Frame(AmqpFrameType.Heartbeat, channel: 0, []);

    public void Method<T>(ushort channel, in T method)
        where T : struct, IAmqpMethod<T>
    {
        _fields.Clear();
        _fields.Long((uint)T.Id);
        method.Write(_fields);
        Frame(AmqpFrameType.Method, channel, _fields.Written);
    }

    /// <summary>Header frame and body frames; a body of 0 bytes has no body frame.</summary>
    /// <param name="channel">The channel.</param>
    /// <param name="properties">Property flags and properties, as they stand in the header frame.</param>
    /// <param name="body">The body; sent from where it lies when large.</param>
    /// <param name="frameMax">The agreed limit in bytes, overhead included.</param>
    public void Content(
        ushort channel, ReadOnlySpan<byte> properties, in ReadOnlySequence<byte> body, int frameMax)
    {
        const int fixedBytes = 12;
        Span<byte> header = output.GetSpan(AmqpFrame.OverheadBytes + fixedBytes + properties.Length);
        Begin(header, AmqpFrameType.Header, channel, fixedBytes + properties.Length);
        BinaryPrimitives.WriteUInt16BigEndian(header[7..], BasicClass);
        BinaryPrimitives.WriteUInt16BigEndian(header[9..], 0);
        BinaryPrimitives.WriteUInt64BigEndian(header[11..], (ulong)body.Length);
        properties.CopyTo(header[19..]);
        header[19 + properties.Length] = AmqpFrame.End;
        output.Advance(AmqpFrame.OverheadBytes + fixedBytes + properties.Length);

        int most = frameMax - AmqpFrame.OverheadBytes;
        for (ReadOnlySequence<byte> rest = body; !rest.IsEmpty;)
        {
            ReadOnlySequence<byte> part = rest.Slice(0, Math.Min(rest.Length, most));
            BodyFrame(channel, part);
            rest = rest.Slice(part.Length);
        }
    }

    private void BodyFrame(ushort channel, in ReadOnlySequence<byte> part)
    {
        Begin(output.GetSpan(AmqpFrame.HeaderBytes), AmqpFrameType.Body, channel, (int)part.Length);
        output.Advance(AmqpFrame.HeaderBytes);
        foreach (ReadOnlyMemory<byte> memory in part)
        {
            if (_sharing is not null && memory.Length >= ShareBodyBytes)
                _sharing.Append(memory);
            else
                output.Write(memory.Span);
        }
        output.GetSpan(1)[0] = AmqpFrame.End;
        output.Advance(1);
    }

    private void Frame(AmqpFrameType type, ushort channel, ReadOnlySpan<byte> payload)
    {
        Span<byte> frame = output.GetSpan(payload.Length + AmqpFrame.OverheadBytes);
        Begin(frame, type, channel, payload.Length);
        payload.CopyTo(frame[AmqpFrame.HeaderBytes..]);
        frame[AmqpFrame.HeaderBytes + payload.Length] = AmqpFrame.End;
        output.Advance(payload.Length + AmqpFrame.OverheadBytes);
    }

    private static void Begin(Span<byte> frame, AmqpFrameType type, ushort channel, int payloadBytes)
    {
        frame[0] = (byte)type;
        BinaryPrimitives.WriteUInt16BigEndian(frame[1..], channel);
        BinaryPrimitives.WriteUInt32BigEndian(frame[3..], (uint)payloadBytes);
    }
}
