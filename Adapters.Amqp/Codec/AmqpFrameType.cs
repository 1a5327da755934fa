namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>First octet of a frame (2.3.5).</summary>
public enum AmqpFrameType : byte
{
    Method = 1,
    Header = 2,
    Body = 3,
    Heartbeat = 8,
}
