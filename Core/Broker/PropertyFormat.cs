namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Names the encoding of a property block; each adapter owns one. On disk: never renumber.</summary>
public enum PropertyFormat : byte
{
    /// <summary>No properties.</summary>
    None = 0,

    /// <summary>Written and read by Adapters.Amqp.</summary>
    Amqp = 1,

    /// <summary>Written and read by Adapters.Http.</summary>
    Http = 2,

    /// <summary>Written and read by Adapters.Mqtt.</summary>
    Mqtt = 3,

    /// <summary>Written and read by Adapters.RocketMq.</summary>
    RocketMq = 4,
}
