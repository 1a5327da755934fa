using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>The peer broke the specification or asked for what it cannot have; what closes follows from the
/// code.</summary>
public sealed class AmqpProtocolException(AmqpError error) : Exception(error.ReplyText)
{
    public AmqpProtocolException(AmqpCode code, string explanation) : this(new AmqpError(code, explanation))
    {
    }

    public AmqpError Error { get; } = error;

    /// <summary>Bytes that are not what their place demands (RabbitMQ's words for it).</summary>
    public static AmqpProtocolException CannotDecode(ReadOnlySpan<byte> bytes) =>
        new(AmqpCode.FrameError, $"cannot decode {ErlangText.Binary(bytes)}");

    /// <summary>Bytes that are no frame.</summary>
    public static AmqpProtocolException BadFrame(byte type, in ReadOnlySequence<byte> payload, string why) =>
        new(AmqpCode.FrameError, $"{Shown(type, payload)}: {why}");

    /// <summary>A frame that may not come on this channel now.</summary>
    public static AmqpProtocolException Unexpected(in AmqpFrame frame) =>
        new(AmqpCode.UnexpectedFrame, Shown((byte)frame.Type, frame.Payload));

    private static string Shown(byte type, in ReadOnlySequence<byte> payload)
    {
        const int most = 16;
        byte[] first = payload.Slice(0, Math.Min(payload.Length, most)).ToArray();
        string which = payload.Length <= most ? "all" : "first 16";
        return $"type {type}, {which} octets = {ErlangText.Binary(first)}";
    }
}
