namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>The peer broke the specification or asked for what it cannot have; what closes follows from the
/// code.
/// </summary>
public sealed class AmqpProtocolException(AmqpError error) : Exception(error.ReplyText)
{
    public AmqpProtocolException(AmqpCode code, string explanation) : this(new AmqpError(code, explanation))
    {
    }

    public AmqpError Error { get; } = error;

    /// <summary>Bytes that are not what their place demands (RabbitMQ's words for it).</summary>
    public static AmqpProtocolException CannotDecode(ReadOnlySpan<byte> bytes) =>
        new(AmqpCode.FrameError, $"cannot decode {ErlangText.Binary(bytes)}");
}
