using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Queue arguments to queue settings (checklist section 6). Unknown arguments are kept and
/// ignored.</summary>
internal static class AmqpQueueArguments
{
    public const string DeadLetterExchange = "x-dead-letter-exchange";
    public const string DeadLetterRoutingKey = "x-dead-letter-routing-key";

    private const string MessageTtl = "x-message-ttl";
    private const string Expires = "x-expires";
    private const string MaxLength = "x-max-length";
    private const string MaxLengthBytes = "x-max-length-bytes";
    private const string MaxPriority = "x-max-priority";
    private const string QueueMode = "x-queue-mode";
    private const string OverflowKey = "x-overflow";

    /// <summary>Compared when a queue is declared again.</summary>
    public static readonly IReadOnlyList<string> Compared =
    [
        Expires, MessageTtl, DeadLetterExchange, DeadLetterRoutingKey, MaxLength, MaxLengthBytes, MaxPriority, QueueMode,
    ];

    /// <param name="arguments">As declared.</param>
    /// <param name="resource">The queue for the text of an error.</param>
    /// <exception cref="AmqpProtocolException">406 for a bad value; 540 for what is not there
    /// yet.</exception>
    public static QueueSettings Read(AmqpTable arguments, string resource)
    {
        if (arguments.IsEmpty)
            return new QueueSettings();
        if (arguments.TryGet(MaxPriority, out _))
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "priority queues (x-max-priority)");
        var reader = new Reader(arguments, resource);
        reader.CheckQueueMode();
        return new QueueSettings
        {
            IdleExpiryMs = reader.Number(Expires, zeroAllowed: false, AmqpExpiration.MaxMs),
            MessageTtlMs = reader.Number(MessageTtl, zeroAllowed: true, AmqpExpiration.MaxMs),
            MaxMessages = reader.Number(MaxLength, zeroAllowed: true, long.MaxValue),
            MaxBytes = reader.Number(MaxLengthBytes, zeroAllowed: true, long.MaxValue),
            DeadLetter = reader.DeadLetter(),
            Overflow = reader.OverflowOf(),
        };
    }

    private readonly struct Reader(AmqpTable arguments, string resource)
    {
        public long? Number(string key, bool zeroAllowed, long max)
        {
            if (!arguments.TryGet(key, out AmqpValue value))
                return null;
            if (!value.IsInteger)
                throw Invalid(key, $"{{unacceptable_type,{value.Type.Word}}}");
            if (value.Number < 0)
                throw Invalid(key, $"{{value_negative,{value.Number}}}");
            if (value.Number == 0 && !zeroAllowed)
                throw Invalid(key, "{value_zero,0}");
            if (value.Number > max)
                throw Invalid(key, $"{{value_too_big,{value.Number}}}");
            return value.Number;
        }

        public DeadLetterTarget? DeadLetter()
        {
            string? exchange = Text(DeadLetterExchange);
            string? key = Text(DeadLetterRoutingKey);
            if (key is not null && exchange is null)
                throw Invalid(DeadLetterRoutingKey, "routing_key_but_no_dlx_defined");
            return exchange is null ? null : new DeadLetterTarget(exchange, key);
        }

        /// <summary>Only memory use differs between the modes, so the mode is checked and then
        /// ignored.</summary>
        public void CheckQueueMode()
        {
            if (Text(QueueMode) is not (null or "default" or "lazy"))
                throw Invalid(QueueMode, "invalid_queue_mode");
        }

        /// <summary>Of RabbitMQ 3.7; 3.6 ignores it, but a client that asks to be refused must not lose
        /// messages.</summary>
        public Overflow OverflowOf() =>
            arguments.TryGet(OverflowKey, out AmqpValue value) && value.IsText && value.Text == "reject-publish"
                ? Overflow.Refuse
                : Overflow.DropOldest;

        private string? Text(string key)
        {
            if (!arguments.TryGet(key, out AmqpValue value))
                return null;
            if (!value.IsText)
            {
                throw key == DeadLetterExchange
                    ? new AmqpProtocolException(AmqpCode.PreconditionFailed,
                        $"invalid type '{value.Type.Word}' for arg '{key}' in {resource}")
                    : Invalid(key, $"{{unacceptable_type,{value.Type.Word}}}");
            }
            if (value.Bytes.Length > AmqpFieldWriter.MaxShortStringBytes)
                throw Invalid(key, $"{{value_too_long,{value.Bytes.Length}}}");
            return Encoding.UTF8.GetString(value.Bytes.Span);
        }

        private AmqpProtocolException Invalid(string key, string why) =>
            new(AmqpCode.PreconditionFailed, $"invalid arg '{key}' for {resource}: {why}");
    }
}
