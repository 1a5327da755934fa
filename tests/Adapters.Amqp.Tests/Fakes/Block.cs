using Cmq.MultiProtocol.Adapters.Amqp.Codec;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;

/// <summary>Property blocks as a client writes them.</summary>
internal static class Block
{
    public static byte[] Of(AmqpTable? headers = null, byte? deliveryMode = null, byte? priority = null,
        string? expiration = null, string? userId = null, string? contentType = null, string? correlationId = null)
    {
        int flags = (contentType is null ? 0 : 0x8000) | (headers is null ? 0 : 0x2000)
            | (deliveryMode is null ? 0 : 0x1000) | (priority is null ? 0 : 0x0800)
            | (correlationId is null ? 0 : 0x0400) | (expiration is null ? 0 : 0x0100) | (userId is null ? 0 : 0x0010);
        var block = new AmqpFieldWriter();
        block.Short((ushort)flags);
        if (contentType is not null)
            block.ShortString(contentType);
        if (headers is { } table)
            block.Table(table);
        if (deliveryMode is { } mode)
            block.Octet(mode);
        if (priority is { } level)
            block.Octet(level);
        if (correlationId is not null)
            block.ShortString(correlationId);
        if (expiration is not null)
            block.ShortString(expiration);
        if (userId is not null)
            block.ShortString(userId);
        return block.Written.ToArray();
    }
}
