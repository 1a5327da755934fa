using System.Buffers;
using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>A channel's publishes and their confirms (checklist sections 7 and 8).</summary>
internal sealed class AmqpPublishing(AmqpChannel channel, AmqpLink link) : IDisposable
{
    /// <summary>Bits of a publish tag that count publishes; those above name the channel.</summary>
    public const int NumberBits = 40;

    private const string Impersonator = "impersonator";
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";
    private const byte TransientMode = 1;
    private const byte PersistentMode = 2;

    private static ReadOnlySpan<byte> NoProperties => [0, 0];

    private readonly AmqpContent _content = new(link);
    private readonly AmqpRoutingHeaders _headers = new(default);

    /// <summary>Mandatory messages under way: they come back if every queue is gone when they
    /// arrive.</summary>
    private readonly Dictionary<ulong, Returnable> _returnable = [];
    private ConfirmWindow? _confirms;
    private ulong _published;

    /// <summary>Publishes before confirm.select do not count.</summary>
    private ulong _publishedBefore;

    public AmqpContent Content => _content;

    /// <summary>So many publishes wait for confirms that reading must stop.</summary>
    public bool IsFull => _confirms?.Count >= link.Options.MaxUnconfirmed;

    public void Select(in ConfirmSelect method)
    {
        if (_confirms is null)
        {
            _confirms = new ConfirmWindow();
            _publishedBefore = _published;
        }
        if (!method.NoWait)
            channel.Send(default(ConfirmSelectOk));
    }

    public void Begin(in BasicPublish method)
    {
        if (method.Immediate)
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "immediate=true");
        _content.Begin(method);
    }

    public void Header(in ReadOnlySequence<byte> payload)
    {
        if (_content.Header(payload))
            Publish(default);
    }

    public void Body(in ReadOnlySequence<byte> payload)
    {
        if (_content.Body(payload, out ReadOnlySequence<byte> body))
            Publish(body);
    }

    /// <summary>The core has answered.</summary>
    public void Published(ulong number, Reply reply)
    {
        if (_returnable.Remove(number, out Returnable returnable))
        {
            if (reply == Reply.Gone)
                Return(returnable.Method, returnable.Properties, returnable.Body.Sequence);
            returnable.Body.Dispose();
        }
        // Gone is as good as unroutable, and that is confirmed. What is refused or unknown is not.
        Complete(number, stored: reply is Reply.Ok or Reply.Gone);
    }

    /// <summary>Writes the confirms that have come together.</summary>
    public void Confirm() => _confirms?.Collect((number, multiple, acked) =>
    {
        if (acked)
            channel.Send(new BasicAck(number, multiple));
        else
            channel.Send(new BasicNack(number, multiple, Requeue: true));
    });

    public void Dispose()
    {
        _content.Dispose();
        foreach (Returnable returnable in _returnable.Values)
            returnable.Body.Dispose();
        _returnable.Clear();
    }

    private void Publish(in ReadOnlySequence<byte> body)
    {
        BasicPublish method = _content.Method;
        link.Host.MayPublish(method.Exchange);
        TopicInfo exchange = link.Host.Exchange(method.Exchange);
        if (exchange.Internal)
        {
            throw new AmqpProtocolException(AmqpCode.AccessRefused,
                $"cannot publish to internal {link.Host.ExchangeText(method.Exchange)}");
        }

        ReadOnlyMemory<byte> properties = _content.Properties;
        AmqpPropertyBlock block = AmqpPropertyBlock.Parse(properties.Span);
        CheckUser(block);
        long? ttl = Expiration(block);
        bool persistent = IsPersistent(block);
        CheckReplyTo(block);
        AmqpRoutingKeys.Read(block.Headers, out List<string>? more, out List<string>? hidden);
        if (hidden is not null)
        {
            properties = AmqpRoutingKeys.WithoutBcc(block);
            block = AmqpPropertyBlock.Parse(properties.Span);
        }
        _headers.Reset(HeadersOf(properties, block));

        ulong number = ++_published;
        _confirms?.Next();
        link.OnPublish();
        var publication = new Publication
        {
            Topic = exchange,
            RoutingKey = method.RoutingKey,
            MoreKeys = more,
            HiddenKeys = hidden,
            Headers = _headers,
            Format = PropertyFormat.Amqp,
            Properties = properties,
            Body = body,
            TtlMs = ttl,
            Priority = block.Octet(AmqpProperty.Priority),
            Persistent = persistent,
        };
        PublishAdmission admission = link.Broker.Publish(publication, channel.PublishTag(number));
        AmqpBody? collected = _content.Detach();
        if (admission == PublishAdmission.Accepted && method.Mandatory)
        {
            _returnable.Add(number, new Returnable(method, properties.ToArray(), collected ?? Copy(body)));
            return;
        }
        if (admission is PublishAdmission.Unroutable or PublishAdmission.Served)
        {
            if (method.Mandatory && admission == PublishAdmission.Unroutable)
                Return(method, properties.Span, body);
            Complete(number, stored: true);
        }
        collected?.Dispose();
        if (admission == PublishAdmission.TooLarge)
        {
            throw new AmqpProtocolException(
                AmqpErrors.TooLarge(_content.BodyBytes, link.Node.Limits.MaxMessageBytes));
        }
    }

    private void Complete(ulong number, bool stored)
    {
        if (_confirms is null || number <= _publishedBefore)
            return;
        _confirms.Complete(number - _publishedBefore, stored);
        channel.MarkConfirming();
    }

    private void Return(in BasicPublish method, ReadOnlySpan<byte> properties, in ReadOnlySequence<byte> body) =>
        channel.SendContent(
            new BasicReturn(AmqpCode.NoRoute, "NO_ROUTE", method.Exchange, method.RoutingKey),
            properties.IsEmpty ? NoProperties : properties, Owned(body));

    /// <summary>The output may keep large memory until it is sent, so what we only borrow is
    /// copied.</summary>
    private static ReadOnlySequence<byte> Owned(in ReadOnlySequence<byte> body) => new(body.ToArray());

    private void CheckUser(in AmqpPropertyBlock block)
    {
        if (!block.Has(AmqpProperty.UserId))
            return;
        string claimed = block.Text(AmqpProperty.UserId)!;
        Identity user = link.Host.User;
        if (claimed != user.UserName && !user.Tags.Contains(Impersonator))
        {
            throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                $"user_id property set to '{claimed}' but authenticated user was '{user.UserName}'");
        }
    }

    private static long? Expiration(in AmqpPropertyBlock block)
    {
        if (!block.Has(AmqpProperty.Expiration))
            return null;
        ReadOnlySpan<byte> text = block.ShortString(AmqpProperty.Expiration);
        if (AmqpExpiration.TryParse(text, out long milliseconds, out string reason))
            return milliseconds;
        throw new AmqpProtocolException(AmqpCode.PreconditionFailed, string.Create(
            CultureInfo.InvariantCulture, $"invalid expiration '{Encoding.UTF8.GetString(text)}': {reason}"));
    }

    private static bool IsPersistent(in AmqpPropertyBlock block)
    {
        if (!block.Has(AmqpProperty.DeliveryMode))
            return false;
        byte mode = block.Octet(AmqpProperty.DeliveryMode);
        return mode is TransientMode or PersistentMode
            ? mode == PersistentMode
            : throw new AmqpProtocolException(AmqpCode.PreconditionFailed,
                $"invalid message: {{delivery_mode_unknown,{mode}}}");
    }

    /// <summary>Nobody can consume from the pseudo-queue yet, so what a requester is told is what RabbitMQ
    /// tells one that did not consume.</summary>
    private static void CheckReplyTo(in AmqpPropertyBlock block)
    {
        if (block.Has(AmqpProperty.ReplyTo) && block.Text(AmqpProperty.ReplyTo) == DirectReplyTo)
            throw new AmqpProtocolException(AmqpCode.PreconditionFailed, "fast reply consumer does not exist");
    }

    private static ReadOnlyMemory<byte> HeadersOf(ReadOnlyMemory<byte> properties, in AmqpPropertyBlock block)
    {
        ReadOnlySpan<byte> headers = block.Headers;
        if (headers.IsEmpty)
            return default;
        properties.Span.Overlaps(headers, out int offset);
        return properties.Slice(offset, headers.Length);
    }

    private static AmqpBody Copy(in ReadOnlySequence<byte> body)
    {
        var copy = new AmqpBody();
        copy.Append(body);
        return copy;
    }

    private readonly record struct Returnable(BasicPublish Method, byte[] Properties, AmqpBody Body);
}
