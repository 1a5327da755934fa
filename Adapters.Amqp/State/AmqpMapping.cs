using System.Buffers;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Stored messages as property blocks for the wire. One per connection; its buffers are used
/// again.</summary>
internal sealed class AmqpMapping(IBroker broker)
{
    private readonly AmqpFieldWriter _made = new();
    private readonly AmqpFieldWriter _moved = new();
    private readonly AmqpFieldWriter _headers = new();

    /// <summary>The exchange that a consumer sees.</summary>
    public static string Exchange(StoredMessage message) => message.Overlay?.Topic ?? message.Topic;

    /// <summary>The routing key that a consumer sees, with dots only: to AMQP a dot in a level of another protocol
    /// is one like any other.</summary>
    public static string RoutingKey(StoredMessage message) =>
        LevelKey.ToDotted(message.Overlay?.RoutingKey ?? message.RoutingKey);

    /// <summary>The block as it was published; made anew only for messages of other protocols and moved
    /// ones.</summary>
    /// <param name="delivery">The message.</param>
    /// <param name="body">Its body, for AMQP consumers.</param>
    /// <returns>Valid until the next call.</returns>
    public ReadOnlySpan<byte> Properties(Delivery delivery, scoped out ReadOnlySequence<byte> body)
    {
        StoredMessage message = delivery.Message;
        body = message.Body;
        ReadOnlySpan<byte> block = message.Format == PropertyFormat.Amqp && !message.Properties.IsEmpty
            ? message.Properties.Span
            : Made(message, delivery.Sequence, ref body);
        return message.Overlay is { } overlay ? Moved(block, overlay) : block;
    }

    private ReadOnlySpan<byte> Made(StoredMessage message, long sequence, scoped ref ReadOnlySequence<byte> body)
    {
        var properties = new MessageProperties();
        if (message.Format != PropertyFormat.Amqp)
        {
            (properties, body) = broker.Content(message);
            // A message that was moved has another number by now, and the one that its sender knows is not kept.
            if (properties.MessageId is null && message.Overlay is null
                && broker.PropertyReader(message.Format)?.MessageIdOf(sequence) is { } id)
            {
                properties = properties with { MessageId = id };
            }
        }
        _made.Clear();
        AmqpPropertyReader.Write(properties, message.Persistent, message.TtlMs, _made);
        return _made.Written;
    }

    /// <summary>A dead letter: <c>x-death</c> set, expiration gone, CC gone where the key was overridden; all
    /// other bytes stay.</summary>
    private ReadOnlySpan<byte> Moved(ReadOnlySpan<byte> encoded, Overlay overlay)
    {
        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(encoded);
        _headers.Clear();
        ReadOnlySpan<byte> earlier = default;
        var fields = AmqpTableReader.OverTable(block.Headers);
        while (fields.Next())
        {
            if (fields.Key.SequenceEqual(AmqpDeathHeader.Key) && overlay.Deaths.Count > 0)
                earlier = fields.Type == AmqpFieldType.Array ? fields.Value : default;
            else if (!fields.Key.SequenceEqual("CC"u8) || overlay.MoreKeys.Count > 0)
                _headers.Bytes(fields.Field);
        }
        if (overlay.Deaths.Count > 0)
            AmqpDeathHeader.Write(_headers, overlay.Deaths, earlier, block.Text(AmqpProperty.Expiration));
        _moved.Clear();
        block.Rewrite(_moved, _headers.Written, keepExpiration: overlay.Deaths.Count == 0);
        return _moved.Written;
    }
}
