using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;
using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The clients that heartbeat this node, by namespace and group: what they subscribed to, and the connection
/// by which they are reached. Soft: a client that reconnects says it all again. The members that rebalancing counts with
/// are the core's (<see cref="Core.Broker.IConsumerGroups"/>). Thread-safe; what is done under the lock is bounded by
/// one heartbeat, or by the groups of one connection.</summary>
public sealed class RocketMqClients
{
    /// <summary>Groups that one connection may be in over all its heartbeats, a count.</summary>
    private const int MaxGroupsPerConnection = 4 * HeartbeatData.MaxConsumers;

    private readonly Lock _lock = new();
    private readonly Dictionary<GroupKey, ConsumerGroup> _consumers = [];
    private readonly Dictionary<GroupKey, List<Client>> _producers = [];

    /// <summary>Which groups a connection is in, so that its end looks at these only.</summary>
    private readonly Dictionary<IRocketMqChannel, HashSet<GroupKey>> _groups = [];
    private int _lastTemplate = -1;

    /// <summary>Goes round: whose turn it is to have new topics.</summary>
    public int NextTemplate(int count) => (int)((uint)Interlocked.Increment(ref _lastTemplate) % (uint)count);

    /// <summary>A consumer said what its group is like.</summary>
    /// <exception cref="RocketMqProtocolException">Its connection is in too many groups.</exception>
    public void AddConsumer(
        NamespaceId ns, ConsumerData data, string clientId, RocketMqCommand heartbeat, IRocketMqChannel channel)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(heartbeat);
        var key = new GroupKey(ns, data.GroupName);
        lock (_lock)
        {
            Note(key, channel);
            if (!_consumers.TryGetValue(key, out ConsumerGroup? group))
                _consumers.Add(key, group = new ConsumerGroup(data));
            group.Describe(data);
            Put(group.Clients, new Client(clientId, heartbeat.Language, heartbeat.Version, channel));
        }
    }

    /// <exception cref="RocketMqProtocolException">The connection is in too many groups.</exception>
    public void AddProducer(
        NamespaceId ns, string group, string clientId, RocketMqCommand heartbeat, IRocketMqChannel channel)
    {
        ArgumentNullException.ThrowIfNull(heartbeat);
        var key = new GroupKey(ns, group);
        lock (_lock)
        {
            Note(key, channel);
            if (!_producers.TryGetValue(key, out List<Client>? clients))
                _producers.Add(key, clients = []);
            Put(clients, new Client(clientId, heartbeat.Language, heartbeat.Version, channel));
        }
    }

    public void RemoveConsumer(NamespaceId ns, string group, string clientId, IRocketMqChannel channel)
    {
        lock (_lock)
        {
            RemoveConsumers(new GroupKey(ns, group), client => client.Id == clientId && client.Channel == channel);
            Forget(new GroupKey(ns, group), channel);
        }
    }

    public void RemoveProducer(NamespaceId ns, string group, string clientId, IRocketMqChannel channel)
    {
        lock (_lock)
        {
            RemoveProducers(new GroupKey(ns, group), client => client.Id == clientId && client.Channel == channel);
            Forget(new GroupKey(ns, group), channel);
        }
    }

    /// <summary>The connection is gone.</summary>
    public void Remove(IRocketMqChannel channel)
    {
        lock (_lock)
        {
            if (!_groups.Remove(channel, out HashSet<GroupKey>? groups))
                return;
            foreach (GroupKey key in groups)
            {
                RemoveConsumers(key, client => client.Channel == channel);
                RemoveProducers(key, client => client.Channel == channel);
            }
        }
    }

    /// <summary>A consumer group as its members described it.</summary>
    /// <returns>Null when none of them is here.</returns>
    public RocketMqConsumerView? FindConsumers(NamespaceId ns, string group)
    {
        lock (_lock)
        {
            return _consumers.TryGetValue(new GroupKey(ns, group), out ConsumerGroup? found)
                ? new(found.Data, [.. found.Subscriptions.Values], [.. found.Clients])
                : null;
        }
    }

    /// <summary>What a group wants of a topic.</summary>
    /// <param name="ns">The group's namespace.</param>
    /// <param name="group">The group.</param>
    /// <param name="topic">The topic.</param>
    /// <param name="isKnown">Some member of the group is here.</param>
    public SubscriptionData? FindSubscription(NamespaceId ns, string group, string topic, out bool isKnown)
    {
        lock (_lock)
        {
            isKnown = _consumers.TryGetValue(new GroupKey(ns, group), out ConsumerGroup? found);
            return found?.Subscriptions.GetValueOrDefault(topic);
        }
    }

    /// <summary>Groups with members here that subscribed to a topic.</summary>
    public IReadOnlyList<string> GroupsOf(NamespaceId ns, string topic)
    {
        lock (_lock)
        {
            return
            [
                .. _consumers.Where(group => group.Key.Namespace == ns && group.Value.Subscriptions.ContainsKey(topic))
                    .Select(group => group.Key.Name),
            ];
        }
    }

    public IReadOnlyList<Client> FindProducers(NamespaceId ns, string group)
    {
        lock (_lock)
            return _producers.TryGetValue(new GroupKey(ns, group), out List<Client>? clients) ? [.. clients] : [];
    }

    /// <summary>One entry per connection.</summary>
    private static void Put(List<Client> clients, Client client)
    {
        clients.RemoveAll(known => known.Channel == client.Channel && known.Id == client.Id);
        clients.Add(client);
    }

    private void Note(GroupKey key, IRocketMqChannel channel)
    {
        if (!_groups.TryGetValue(channel, out HashSet<GroupKey>? groups))
            _groups.Add(channel, groups = []);
        if (groups.Count < MaxGroupsPerConnection)
            groups.Add(key);
        else if (!groups.Contains(key))
            throw RocketMqProtocolException.Request($"a connection is in {MaxGroupsPerConnection} groups at most");
    }

    /// <summary>Another client of the connection, or its other half, may still be in the group.</summary>
    private void Forget(GroupKey key, IRocketMqChannel channel)
    {
        bool isMember = (_consumers.TryGetValue(key, out ConsumerGroup? group)
                && group.Clients.Exists(client => client.Channel == channel))
            || (_producers.TryGetValue(key, out List<Client>? clients)
                && clients.Exists(client => client.Channel == channel));
        if (!isMember && _groups.TryGetValue(channel, out HashSet<GroupKey>? groups) && groups.Remove(key)
            && groups.Count == 0)
        {
            _groups.Remove(channel);
        }
    }

    private void RemoveConsumers(GroupKey key, Predicate<Client> which)
    {
        if (!_consumers.TryGetValue(key, out ConsumerGroup? group))
            return;
        group.Clients.RemoveAll(which);
        if (group.Clients.Count == 0)
            _consumers.Remove(key);
    }

    private void RemoveProducers(GroupKey key, Predicate<Client> which)
    {
        if (!_producers.TryGetValue(key, out List<Client>? clients))
            return;
        clients.RemoveAll(which);
        if (clients.Count == 0)
            _producers.Remove(key);
    }

    /// <summary>A client by one of its connections.</summary>
    public sealed record Client(string Id, RocketMqLanguage Language, int Version, IRocketMqChannel Channel);

    /// <summary>Groups of different namespaces share nothing but perhaps their names.</summary>
    private readonly record struct GroupKey(NamespaceId Namespace, string Name);

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
            var named = new HashSet<string>(data.Subscriptions.Count);
            foreach (SubscriptionData subscription in data.Subscriptions)
            {
                named.Add(subscription.Topic);
                if (!Subscriptions.TryGetValue(subscription.Topic, out SubscriptionData? known)
                    || known.Version < subscription.Version)
                {
                    Subscriptions[subscription.Topic] = subscription;
                }
            }
            foreach (string topic in Subscriptions.Keys.Where(topic => !named.Contains(topic)).ToArray())
                Subscriptions.Remove(topic);
        }
    }
}
