namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>How a frame's header is written; the byte in front of the header's length.</summary>
public enum RocketMqSerialization : byte
{
    Json = 0,

    /// <summary>"ROCKETMQ": fixed fields and length-prefixed strings.</summary>
    Binary = 1,
}
