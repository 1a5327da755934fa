using System.Collections.Concurrent;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Who listens to what, as this node knows it: its own connections, and the other nodes with what they want (DESIGN
/// section 3, class c). Changes go through one lock; whoever publishes reads a table that never changes. Thread-safe.
/// </summary>
internal sealed partial class SubscriptionDesk(BrokerNode node)
{
    /// <summary>Changes that may wait for one node beside twice a whole list, a count; beyond, the list is sent
    /// anew.</summary>
    private const int MaxLeft = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<NodeId, ListSender<FilterInterest>> _senders = [];
    private readonly Dictionary<NodeId, FilterReceiver> _receivers = [];
    private readonly ConcurrentDictionary<NodeId, ForwardWindow> _windows = new();
    private readonly Queue<(long Change, TaskCompletionSource Done)> _waiting = new();
    private volatile SubscriptionTable _table = SubscriptionTable.Empty;
    private NodeIncarnation _life;
    private long _lastChange;
    private int _filters;

    public SubscriptionTable Table => _table;

    /// <summary>Filters of this node's own connections, a count.</summary>
    public int FilterCount => Volatile.Read(ref _filters);

    /// <summary>Another life of this node begins: the connections of the one before hear nothing any more.</summary>
    public void Begin(NodeIncarnation life)
    {
        lock (_gate)
        {
            _life = life;
            _table = _table.WithoutOwn();
            _filters = 0;
            _lastChange++;
            foreach (ListSender<FilterInterest> sender in _senders.Values)
            {
                if (sender.IsConnected)
                    SendList(sender);
            }
        }
    }

    /// <summary>Adds a filter, or changes its options.</summary>
    /// <returns>Ok with whether it was not there before, and with what is done when every live node forwards by it;
    /// LimitReached, Unavailable.</returns>
    public (Reply Reply, bool IsNew, Task Done) Subscribe(
        NodeIncarnation life, Subscriber subscriber, FilterKey filter, bool transientOnly)
    {
        lock (_gate)
        {
            if (life != _life || subscriber.IsOver)
                return (Reply.Unavailable, false, Task.CompletedTask);
            Listener? before = subscriber.Filters.Find(filter);
            if (before is null
                && (subscriber.Filters.Count >= node.Limits.MaxFiltersPerConnection
                    || _filters >= node.Limits.MaxFilters))
            {
                return (Reply.LimitReached, false, Task.CompletedTask);
            }

            if (before?.TransientOnly != transientOnly)
            {
                var listener = new Listener(subscriber, filter, transientOnly);
                subscriber.Filters = subscriber.Filters.With(listener);
                _filters += before is null ? 1 : 0;
                SubscriptionTable left = before is null ? _table : _table.Without(before);
                Change(filter, left.With(listener));
            }

            return (Reply.Ok, before is null, EveryoneKnows());
        }
    }

    /// <summary>Takes a filter out; others hear of it later.</summary>
    public void Unsubscribe(Subscriber subscriber, FilterKey filter)
    {
        lock (_gate)
        {
            if (subscriber.Filters.Find(filter) is { } listener)
                Remove(listener);
        }
    }

    /// <summary>The connection ended.</summary>
    public void End(NodeIncarnation life, Subscriber subscriber)
    {
        lock (_gate)
        {
            subscriber.IsOver = true;
            // What a life had went with it.
            if (life != _life)
                return;
            foreach (Listener listener in subscriber.Filters.ToList())
                Remove(listener);
        }
    }

    public void PeerConnected(NodeId peer)
    {
        WindowTo(peer).Reset();
        lock (_gate)
        {
            if (!_senders.TryGetValue(peer, out ListSender<FilterInterest>? sender))
                _senders.Add(peer, sender = NewSender(peer));
            sender.Connected();
            // Before its first life this node has nothing to say; the beginning of a life says it.
            if (_life != default)
                SendList(sender);
        }
    }

    public void PeerDisconnected(NodeId peer)
    {
        lock (_gate)
        {
            _senders.GetValueOrDefault(peer)?.Disconnected();
            _receivers.GetValueOrDefault(peer)?.Disconnected();
        }
    }

    /// <summary>Nodes came or went in the directory: what dead ones wanted is dropped, and nobody waits for
    /// them.</summary>
    public void NodesChanged(DirectorySnapshot directory)
    {
        lock (_gate)
        {
            foreach (FilterReceiver receiver in _receivers.Values)
            {
                if (receiver.Life != default && directory.IsOver(receiver.Life))
                    _table = receiver.Drop(_table);
            }

            CompleteWaiting();
        }
    }

    /// <summary>Whether this node knows what all live nodes want to which it has a connection: until then a message
    /// that is published here might not reach those who were told that they listen.</summary>
    public bool IsComplete(DirectorySnapshot directory)
    {
        lock (_gate)
        {
            foreach (NodeInfo other in directory.Nodes)
            {
                if (_senders.GetValueOrDefault(other.Incarnation.Node) is { IsConnected: true }
                    && _receivers.GetValueOrDefault(other.Incarnation.Node) is not { IsWhole: true })
                {
                    return false;
                }
            }

            return true;
        }
    }

    public void Tick()
    {
        foreach ((_, ForwardWindow window) in _windows)
            window.Tick();
        lock (_gate)
        {
            foreach (ListSender<FilterInterest> sender in _senders.Values)
                sender.Tick();
        }
    }

    /// <summary>A batch of another node's filters.</summary>
    public void ReceiveFilters(NodeId from, ReadOnlyMemory<byte> payload)
    {
        ReadOnlyMemory<byte>? taken;
        lock (_gate)
        {
            if (!_receivers.TryGetValue(from, out FilterReceiver? receiver))
                _receivers.Add(from, receiver = new FilterReceiver(from));
            SubscriptionTable table = _table;
            taken = receiver.Receive(ref table, payload, node.Directory.IsOver);
            _table = table;
        }

        if (taken is { } answer)
            SendControl(from, new PeerMessage((byte)PeerKind.FiltersTaken, GroupId.Directory, answer));
    }

    /// <summary>Another node has taken a batch of this node's filters.</summary>
    public void ReceiveTaken(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        long list = input.ReadInt64();
        int number = input.ReadInt32();
        lock (_gate)
        {
            _senders.GetValueOrDefault(from)?.AcknowledgedBy(life, list, number);
            CompleteWaiting();
        }
    }

    private ListSender<FilterInterest> NewSender(NodeId peer) => new(
        peer,
        PeerKind.Filters,
        static (output, interest) => SubscriptionCodec.Write(output, interest),
        SendControl,
        node.Time);

    private bool SendControl(NodeId to, PeerMessage message) => node.SendPeer(to, PeerLane.Control, message);

    private void Remove(Listener listener)
    {
        listener.Subscriber.Filters = listener.Subscriber.Filters.Without(listener.Filter);
        _filters--;
        Change(listener.Filter, _table.Without(listener));
    }

    /// <summary>Publishes a table in which one filter of this node's own changed, and tells the others if it is news to
    /// them.</summary>
    private void Change(FilterKey filter, SubscriptionTable table)
    {
        FilterInterest before = InterestIn(_table, filter);
        FilterInterest after = InterestIn(table, filter);
        _table = table;
        if (before == after)
            return;
        _lastChange++;
        foreach (ListSender<FilterInterest> sender in _senders.Values)
        {
            sender.Add(_lastChange, after);
            if (sender.Left > (2L * _filters) + MaxLeft)
                SendList(sender);
        }
    }

    private static FilterInterest InterestIn(SubscriptionTable table, FilterKey filter) =>
        table.Find(filter.Topic, filter.Pattern)?.InterestOf(filter.ShareGroup) ?? new FilterInterest(filter, 0, 0);

    private void SendList(ListSender<FilterInterest> sender)
    {
        List<FilterInterest> all = [];
        foreach (PatternListeners listeners in _table.ToList())
        {
            Add(listeners.InterestOf(null));
            foreach (ShareListeners share in listeners.Shares)
                Add(listeners.InterestOf(share.Name));
        }

        sender.Begin(_life, all, _lastChange);

        void Add(in FilterInterest interest)
        {
            if (!interest.IsNone)
                all.Add(interest);
        }
    }

    private Task EveryoneKnows()
    {
        if (_waiting.Count == 0 && KnownToAll() >= _lastChange)
            return Task.CompletedTask;
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _waiting.Enqueue((_lastChange, done));
        return done.Task;
    }

    private void CompleteWaiting()
    {
        if (_waiting.Count == 0)
            return;
        long known = KnownToAll();
        while (_waiting.TryPeek(out (long Change, TaskCompletionSource Done) first) && first.Change <= known)
        {
            _waiting.Dequeue();
            first.Done.SetResult();
        }
    }

    /// <summary>The change as of which every live node has this node's filters.</summary>
    private long KnownToAll()
    {
        long known = _lastChange;
        foreach (NodeInfo other in node.Directory.Nodes)
        {
            if (other.Incarnation.Node != _life.Node)
                known = Math.Min(known, _senders.GetValueOrDefault(other.Incarnation.Node)?.Acknowledged ?? -1);
        }

        return known;
    }
}
