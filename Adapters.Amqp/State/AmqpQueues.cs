using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Class queue for one channel (checklist section 6).</summary>
internal sealed class AmqpQueues(AmqpChannel channel, AmqpLink link)
{
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    public async ValueTask DeclareAsync(QueueDeclare method)
    {
        if (method.Queue.StartsWith(DirectReplyTo, StringComparison.Ordinal))
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "direct reply-to (amq.rabbitmq.reply-to)");
        QueueInfo queue = method.Passive
            ? link.Host.Queue(method.Queue)
            : await link.Ask(MakeAsync(method));
        channel.LastQueue = queue.Name;
        QueueStatus status = default;
        if (!method.NoWait || !method.Passive)
            status = await link.Ask(StatusAsync(queue, touch: !method.Passive));
        if (!method.NoWait)
            channel.Send(new QueueDeclareOk(queue.Name, Count(status.Ready), Count(status.Consumers)));
    }

    public async ValueTask BindAsync(QueueBind method)
    {
        (string name, string key) = BindingNames(method.Queue, method.RoutingKey);
        CheckBindingRights(name, method.Exchange);
        TopicInfo exchange = link.Host.Exchange(method.Exchange);
        QueueInfo queue = link.Host.Queue(name);
        Reply reply = await link.Ask(
            link.Broker.BindAsync(Binding(exchange, queue, key, method.Arguments), link.Stopping));
        reply.ThrowIfFailed(reply == Reply.TopicNotFound
            ? link.Host.ExchangeText(method.Exchange)
            : link.Host.QueueText(name));
        if (!method.NoWait)
            channel.Send(default(QueueBindOk));
    }

    public async ValueTask UnbindAsync(QueueUnbind method)
    {
        (string name, string key) = BindingNames(method.Queue, method.RoutingKey);
        CheckBindingRights(name, method.Exchange);
        QueueInfo? queue = link.Broker.FindQueue(name);
        if (queue is not null)
            link.Host.MustNotBeLocked(queue);
        // Nothing to unbind is no error, whichever part of it is missing.
        if (queue is not null && link.Broker.FindTopic(method.Exchange) is { } exchange)
        {
            Reply reply = await link.Ask(
                link.Broker.UnbindAsync(Binding(exchange, queue, key, method.Arguments), link.Stopping));
            if (reply is not (Reply.TopicNotFound or Reply.QueueNotFound or Reply.Gone))
                reply.ThrowIfFailed(link.Host.QueueText(name));
        }
        channel.Send(default(QueueUnbindOk));
    }

    public async ValueTask PurgeAsync(QueuePurge method)
    {
        string name = channel.QueueName(method.Queue);
        link.Host.MayTouchQueue(Access.Read, name);
        QueueInfo queue = link.Host.Queue(name);
        link.Settles.Flush();
        (Reply reply, long purged) = await link.Ask(link.Broker.PurgeAsync(queue.Id, link.Stopping));
        reply.ThrowIfFailed(link.Host.QueueText(name));
        if (!method.NoWait)
            channel.Send(new QueuePurgeOk(Count(purged)));
    }

    public async ValueTask DeleteAsync(QueueDelete method)
    {
        string name = channel.QueueName(method.Queue);
        link.Host.MayTouchQueue(Access.Configure, name);
        long ready = 0;
        if (link.Broker.FindQueue(name) is { } queue)
        {
            link.Host.MustNotBeLocked(queue);
            link.Settles.Flush();
            (Reply reply, ready) = await link.Ask(
                link.Broker.DeleteQueueAsync(queue.Id, method.IfUnused, method.IfEmpty, link.Stopping));
            if (reply is not (Reply.QueueNotFound or Reply.Gone))
                reply.ThrowIfFailed(link.Host.QueueText(name));
        }
        if (!method.NoWait)
            channel.Send(new QueueDeleteOk(Count(ready)));
    }

    private async ValueTask<QueueInfo> MakeAsync(QueueDeclare method)
    {
        string name = method.Queue.Length > 0 ? method.Queue : "amq.gen-" + link.NewName();
        if (method.Queue.StartsWith(AmqpExchanges.ReservedPrefix, StringComparison.Ordinal))
        {
            throw new AmqpProtocolException(AmqpCode.AccessRefused,
                $"queue name '{method.Queue}' contains reserved prefix 'amq.*'");
        }
        link.Host.MayTouchQueue(Access.Configure, name);
        string resource = link.Host.QueueText(name);
        if (link.Broker.FindQueue(name) is { } existing)
            return Equivalent(method, existing, resource);

        QueueSettings settings = AmqpQueueArguments.Read(method.Arguments, resource);
        if (settings.DeadLetter is { } deadLetter)
        {
            link.Host.MayTouchQueue(Access.Read, name);
            link.Host.MayTouchExchange(Access.Write, deadLetter.Topic);
        }
        var wish = new QueueDeclaration(name, method.Durable && !method.Exclusive, method.AutoDelete,
            method.Exclusive, settings, method.Arguments.Encoded);
        (Reply reply, QueueInfo? queue) = await link.Ask(link.Broker.DeclareQueueAsync(wish, link.Stopping));
        if (reply == Reply.AlreadyExists && queue is not null)
            return Equivalent(method, queue, resource);
        reply.ThrowIfFailed(resource);
        return queue ?? throw new AmqpProtocolException(AmqpErrors.From(Reply.Gone, resource));
    }

    private QueueInfo Equivalent(QueueDeclare method, QueueInfo existing, string resource)
    {
        // Asking for exclusive use of a shared queue, or for shared use of an exclusive one, counts as
        // locked.
        if (existing.Owner != (method.Exclusive ? link.Broker.Key : null))
            throw new AmqpProtocolException(AmqpErrors.Locked(resource));
        AmqpEquivalence.Check(method, existing, resource);
        return existing;
    }

    private async ValueTask<QueueStatus> StatusAsync(QueueInfo queue, bool touch)
    {
        link.Settles.Flush();
        (Reply reply, QueueStatus status) =
            await link.Ask(link.Broker.GetStatusAsync(queue.Id, touch, link.Stopping));
        reply.ThrowIfFailed(link.Host.QueueText(queue.Name));
        return status;
    }

    /// <summary>Without a queue name the last declared one is meant; without a key, too, it is also the
    /// key.</summary>
    private (string Queue, string Key) BindingNames(string queue, string key)
    {
        string name = channel.QueueName(queue);
        return (name, queue.Length == 0 && key.Length == 0 ? name : key);
    }

    private void CheckBindingRights(string queue, string exchange)
    {
        link.Host.MayTouchQueue(Access.Write, queue);
        if (exchange.Length == 0)
            throw new AmqpProtocolException(AmqpErrors.DefaultExchange);
        link.Host.MayTouchExchange(Access.Read, exchange);
    }

    private static BindingInfo Binding(TopicInfo exchange, QueueInfo queue, string key, AmqpTable arguments) => new(
        exchange.Id, queue.Id, null, key,
        AmqpBindingArguments.MatchOf(exchange, arguments), AmqpBindingArguments.Identity(arguments));

    private static uint Count(long messages) => (uint)Math.Clamp(messages, 0, uint.MaxValue);
}
