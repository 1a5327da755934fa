namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>The peer broke the protocol, or asked for what it cannot have.</summary>
/// <param name="scope">What ends.</param>
/// <param name="code">Goes on the wire where the request is answered.</param>
/// <param name="remark">The answer's remark.</param>
public sealed class RocketMqProtocolException(ErrorScope scope, RocketMqResponseCode code, string remark)
    : Exception(remark)
{
    public ErrorScope Scope => scope;

    public RocketMqResponseCode Code => code;

    /// <summary>Bytes that are no frame, or a frame that is too large.</summary>
    public static RocketMqProtocolException Framing(string why) =>
        new(ErrorScope.Connection, RocketMqResponseCode.SystemError, why);

    /// <summary>A request whose header or body makes no sense.</summary>
    public static RocketMqProtocolException Request(string why) =>
        new(ErrorScope.Request, RocketMqResponseCode.SystemError, why);
}
