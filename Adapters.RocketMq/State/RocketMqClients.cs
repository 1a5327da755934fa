using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The clients that heartbeat this node, by group: what they subscribed to, and the connection by
/// which they are reached. Soft: a client that reconnects says it all again. The members that rebalancing
/// counts with are the core's (<see cref="Core.Broker.IConsumerGroups"/>). Thread-safe.</summary>
public sealed class RocketMqClients
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ConsumerGroup> _consumers = [];
    private readonly Dictionary<string, List<Client>> _producers = [];
    private int _lastTemplate = -1;

    /// <summary>Goes round: whose turn it is to have new topics.</summary>
    public int NextTemplate(int count) => (int)((uint)Interlocked.Increment(ref _lastTemplate) % (uint)count);

    /// <summary>A consumer said what its group is like.</summary>
    public void AddConsumer(ConsumerData data, string clientId, RocketMqCommand heartbeat, IRocketMqChannel channel)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(heartbeat);
        lock (_lock)
        {
            if (!_consumers.TryGetValue(data.GroupName, out ConsumerGroup? group))
                _consumers.Add(data.GroupName, group = new ConsumerGroup(data));
            group.Describe(data);
            Put(group.Clients, new Client(clientId, heartbeat.Language, heartbeat.Version, channel));
        }
    }

    public void AddProducer(string group, string clientId, RocketMqCommand heartbeat, IRocketMqChannel channel)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        lock (_lock)
        {
            if (!_producers.TryGetValue(group, out List<Client>? clients))
                _producers.Add(group, clients = []);
            Put(clients, new Client(clientId, heartbeat.Language, heartbeat.Version, channel));
        }
    }

    public void RemoveConsumer(string group, string clientId, IRocketMqChannel channel)
    {
        lock (_lock)
        {
            if (_consumers.TryGetValue(group, out ConsumerGroup? found))
                RemoveConsumers(group, found, client => client.Id == clientId && client.Channel == channel);
        }
    }

    public void RemoveProducer(string group, string clientId, IRocketMqChannel channel)
    {
        lock (_lock)
        {
            if (_producers.TryGetValue(group, out List<Client>? clients))
                RemoveProducers(group, clients, client => client.Id == clientId && client.Channel == channel);
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Remove(IRocketMqChannel channel)
    {
        lock (_lock)
        {
            foreach ((string group, ConsumerGroup found) in _consumers.ToArray())
                RemoveConsumers(group, found, client => client.Channel == channel);
            foreach ((string group, List<Client> clients) in _producers.ToArray())
                RemoveProducers(group, clients, client => client.Channel == channel);
        }
    }

    /// <summary>A consumer group as its members described it.</summary>
    /// <returns>Null when none of them is here.</returns>
    public RocketMqConsumerView? FindConsumers(string group)
    {
        lock (_lock)
        {
            return _consumers.TryGetValue(group, out ConsumerGroup? found)
                ? new(found.Data, [.. found.Subscriptions.Values], [.. found.Clients])
                : null;
        }
    }

    /// <summary>What a group wants of a topic.</summary>
    /// <param name="isKnown">Some member of the group is here.</param>
    public SubscriptionData? FindSubscription(string group, string topic, out bool isKnown)
    {
        lock (_lock)
        {
            isKnown = _consumers.TryGetValue(group, out ConsumerGroup? found);
            return found?.Subscriptions.GetValueOrDefault(topic);
        }
    }

    /// <summary>Groups with members here that subscribed to a topic.</summary>
    public IReadOnlyList<string> GroupsOf(string topic)
    {
        lock (_lock)
            return [.. _consumers.Where(group => group.Value.Subscriptions.ContainsKey(topic)).Select(group => group.Key)];
    }

    public IReadOnlyList<Client> FindProducers(string group)
    {
        lock (_lock)
            return _producers.TryGetValue(group, out List<Client>? clients) ? [.. clients] : [];
    }

    /// <summary>One entry per connection.</summary>
    private static void Put(List<Client> clients, Client client)
    {
        clients.RemoveAll(known => known.Channel == client.Channel && known.Id == client.Id);
        clients.Add(client);
    }

    private void RemoveConsumers(string name, ConsumerGroup group, Predicate<Client> which)
    {
        group.Clients.RemoveAll(which);
        if (group.Clients.Count == 0)
            _consumers.Remove(name);
    }

    private void RemoveProducers(string name, List<Client> clients, Predicate<Client> which)
    {
        clients.RemoveAll(which);
        if (clients.Count == 0)
            _producers.Remove(name);
    }

    /// <summary>A client by one of its connections.</summary>
    public sealed record Client(string Id, RocketMqLanguage Language, int Version, IRocketMqChannel Channel);

    private sealed class ConsumerGroup(ConsumerData data)
    {
        public ConsumerData Data { get; private set; } = data;

        public List<Client> Clients { get; } = [];

        public Dictionary<string, SubscriptionData> Subscriptions { get; } = [];

        /// <summary>A newer subscription to a topic replaces an older one, never the other way round; topics
        /// that are no longer named are dropped (specification section 13).</summary>
        public void Describe(ConsumerData data)
        {
            Data = data;
            foreach (SubscriptionData subscription in data.Subscriptions)
            {
                if (!Subscriptions.TryGetValue(subscription.Topic, out SubscriptionData? known)
                    || known.Version < subscription.Version)
                {
                    Subscriptions[subscription.Topic] = subscription;
                }
            }
            foreach (string topic in Subscriptions.Keys.ToArray())
            {
                if (!data.Subscriptions.Any(subscription => subscription.Topic == topic))
                    Subscriptions.Remove(topic);
            }
        }
    }
}
