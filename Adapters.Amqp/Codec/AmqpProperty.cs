namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>The properties of class basic in the order of their flags, from the highest bit down
/// (1.8.1).</summary>
public enum AmqpProperty
{
    ContentType,
    ContentEncoding,
    Headers,
    DeliveryMode,
    Priority,
    CorrelationId,
    ReplyTo,
    Expiration,
    MessageId,
    Timestamp,
    Type,
    UserId,
    AppId,
    ClusterId,
}
