using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.State;

/// <summary>The virtual host that a client has opened: its names as error texts show them, and what the user
/// may do there (checklist section 3).</summary>
internal sealed class AmqpVirtualHost(string name, NamespaceId ns, Identity user, IBrokerConnection broker)
{
    /// <summary>Remembered write permissions; beyond that they are looked up anew.</summary>
    private const int MaxRemembered = 256;

    /// <summary>The name under which permissions on the nameless exchange are kept.</summary>
    private const string DefaultExchangeName = "amq.default";

    private readonly HashSet<string> _mayWrite = [];

    public IBrokerConnection Broker => broker;

    public Identity User => user;

    public string QueueText(string queue) => $"queue '{queue}' in vhost '{name}'";

    public string ExchangeText(string exchange) => $"exchange '{exchange}' in vhost '{name}'";

    public void MayTouchQueue(Access access, string queue)
    {
        if (!user.May(access, ns, queue))
            throw Refused("queue", queue);
    }

    public void MayTouchExchange(Access access, string exchange)
    {
        string checkedName = exchange.Length == 0 ? DefaultExchangeName : exchange;
        if (!user.May(access, ns, checkedName))
            throw Refused("exchange", checkedName);
    }

    /// <summary>As <see cref="MayTouchExchange"/> for writing, remembered for the rest of the turn: patterns
    /// are too slow for every publish.</summary>
    public void MayPublish(string exchange)
    {
        if (_mayWrite.Contains(exchange))
            return;
        MayTouchExchange(Access.Write, exchange);
        if (_mayWrite.Count < MaxRemembered)
            _mayWrite.Add(exchange);
    }

    /// <summary>The turn ends; changed permissions count from here on.</summary>
    public void Forget() => _mayWrite.Clear();

    /// <exception cref="AmqpProtocolException">404.</exception>
    public TopicInfo Exchange(string exchange) =>
        broker.FindTopic(exchange) ?? throw new AmqpProtocolException(AmqpCode.NotFound, $"no {ExchangeText(exchange)}");

    /// <exception cref="AmqpProtocolException">404, or 405 when another connection owns it.</exception>
    public QueueInfo Queue(string queue)
    {
        QueueInfo found = broker.FindQueue(queue)
            ?? throw new AmqpProtocolException(AmqpCode.NotFound, $"no {QueueText(queue)}");
        MustNotBeLocked(found);
        return found;
    }

    public void MustNotBeLocked(QueueInfo queue)
    {
        if (queue.Owner is { } owner && owner != broker.Key)
            throw new AmqpProtocolException(AmqpErrors.Locked(QueueText(queue.Name)));
    }

    private AmqpProtocolException Refused(string kind, string resource) => new(AmqpCode.AccessRefused,
        $"access to {kind} '{resource}' in vhost '{name}' refused for user '{user.UserName}'");
}
