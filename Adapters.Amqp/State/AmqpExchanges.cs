using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>Class exchange for one channel (checklist section 5).</summary>
internal sealed class AmqpExchanges(AmqpChannel channel, AmqpLink link)
{
    public const string ReservedPrefix = "amq.";

    private const string AlternateExchange = "alternate-exchange";

    public async ValueTask DeclareAsync(ExchangeDeclare method)
    {
        if (method.Passive)
        {
            MustNotBeDefault(method.Exchange);
            link.Host.Exchange(method.Exchange);
        }
        else
        {
            await link.Ask(MakeAsync(method));
        }
        if (!method.NoWait)
            channel.Send(default(ExchangeDeclareOk));
    }

    public async ValueTask DeleteAsync(ExchangeDelete method)
    {
        MustNotBeDefault(method.Exchange);
        string resource = link.Host.ExchangeText(method.Exchange);
        if (method.Exchange.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            throw new AmqpProtocolException(AmqpCode.AccessRefused, $"deletion of system {resource} not allowed");
        link.Host.MayTouchExchange(Access.Configure, method.Exchange);
        // An exchange that is not there counts as deleted, since RabbitMQ 3.2.
        if (link.Broker.FindTopic(method.Exchange) is { } exchange)
        {
            Reply reply = await link.Ask(
                link.Broker.DeleteTopicAsync(exchange.Id, method.IfUnused, link.Stopping));
            if (reply is not (Reply.TopicNotFound or Reply.Gone))
                reply.ThrowIfFailed(resource);
        }
        if (!method.NoWait)
            channel.Send(default(ExchangeDeleteOk));
    }

    public async ValueTask BindAsync(ExchangeBind method)
    {
        CheckBindingRights(method.Destination, method.Source);
        TopicInfo source = link.Host.Exchange(method.Source);
        TopicInfo destination = link.Host.Exchange(method.Destination);
        Reply reply = await link.Ask(link.Broker.BindAsync(
            Binding(source, destination, method.RoutingKey, method.Arguments), link.Stopping));
        reply.ThrowIfFailed(link.Host.ExchangeText(method.Source));
        if (!method.NoWait)
            channel.Send(default(ExchangeBindOk));
    }

    public async ValueTask UnbindAsync(ExchangeUnbind method)
    {
        CheckBindingRights(method.Destination, method.Source);
        // Nothing to unbind is no error, whichever part of it is missing.
        if (link.Broker.FindTopic(method.Destination) is { } destination
            && link.Broker.FindTopic(method.Source) is { } source)
        {
            Reply reply = await link.Ask(link.Broker.UnbindAsync(
                Binding(source, destination, method.RoutingKey, method.Arguments), link.Stopping));
            reply.ThrowIfFailed(link.Host.ExchangeText(method.Source));
        }
        if (!method.NoWait)
            channel.Send(default(ExchangeUnbindOk));
    }

    private void CheckBindingRights(string destination, string source)
    {
        MustNotBeDefault(destination);
        link.Host.MayTouchExchange(Access.Write, destination);
        MustNotBeDefault(source);
        link.Host.MayTouchExchange(Access.Read, source);
    }

    private static BindingInfo Binding(
        TopicInfo source, TopicInfo destination, string key, AmqpTable arguments) =>
        new(source.Id, null, destination.Id, key,
            AmqpBindingArguments.MatchOf(source, arguments), AmqpBindingArguments.Identity(arguments));

    private async ValueTask MakeAsync(ExchangeDeclare method)
    {
        TopicKind kind = AmqpExchangeTypes.KindOf(method.Type);
        MustNotBeDefault(method.Exchange);
        link.Host.MayTouchExchange(Access.Configure, method.Exchange);
        if (method.Arguments.TryGet(AlternateExchange, out _))
            throw new AmqpProtocolException(AmqpCode.NotImplemented, "alternate exchanges (alternate-exchange)");

        string resource = link.Host.ExchangeText(method.Exchange);
        TopicInfo? existing = link.Broker.FindTopic(method.Exchange);
        if (existing is null)
        {
            if (method.Exchange.StartsWith(ReservedPrefix, StringComparison.Ordinal))
            {
                throw new AmqpProtocolException(AmqpCode.AccessRefused,
                    $"exchange name '{method.Exchange}' contains reserved prefix 'amq.*'");
            }
            var wish = new TopicDeclaration(method.Exchange, kind, method.Durable, method.AutoDelete,
                method.Internal, method.Arguments.Encoded);
            (Reply reply, existing) = await link.Ask(link.Broker.DeclareTopicAsync(wish, link.Stopping));
            if (reply != Reply.AlreadyExists || existing is null)
            {
                reply.ThrowIfFailed(resource);
                return;
            }
        }
        AmqpEquivalence.Check(method, existing, resource);
    }

    private static void MustNotBeDefault(string exchange)
    {
        if (exchange.Length == 0)
            throw new AmqpProtocolException(AmqpErrors.DefaultExchange);
    }
}
