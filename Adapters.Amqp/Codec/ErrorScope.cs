namespace Cmq.MultiProtocol.Adapters.Amqp.Codec;

/// <summary>What an error closes.</summary>
public enum ErrorScope
{
    Channel,
    Connection,
}
