namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>What an error ends.</summary>
public enum ErrorScope
{
    /// <summary>The request is answered with a code and a remark.</summary>
    Request,

    /// <summary>Framing is lost: the connection closes.</summary>
    Connection,
}
