using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Which clients are where, with a word of the adapter on each: every node has the list of every other one in memory, so
/// that whoever is left can tell of the clients of one that died (decision 0012). Thread-safe.
/// </summary>
internal sealed partial class PresenceDesk(BrokerNode node)
{
    /// <summary>Changes that may wait for one node beside twice a whole list, a count; beyond, the list is sent
    /// anew.</summary>
    private const int MaxLeft = 65_536;

    private readonly Lock _gate = new();
    private readonly Dictionary<SessionName, byte[]> _own = [];
    private readonly Dictionary<NodeId, ListSender<PresenceChange>> _senders = [];
    private readonly Dictionary<NodeId, PresenceReceiver> _receivers = [];

    /// <summary>Who wants to appear, and waits for the end of an earlier appearance.</summary>
    private readonly Dictionary<SessionName, TaskCompletionSource> _awaited = [];

    private NodeIncarnation _life;
    private long _lastChange;

    /// <summary>Another life of this node begins: the clients of the one before are nobody's any more.</summary>
    public void Begin(NodeIncarnation life)
    {
        lock (_gate)
        {
            _life = life;
            _own.Clear();
            foreach (TaskCompletionSource waiting in _awaited.Values)
                waiting.SetResult();
            _awaited.Clear();
            BeginEarlier();
            _lastChange++;
            foreach (ListSender<PresenceChange> sender in _senders.Values)
            {
                if (sender.IsConnected)
                    SendList(sender);
            }
        }
    }

    /// <summary>A client is there, once it is nowhere else any more, and the end of where it was is told.</summary>
    /// <returns>False: this life is over.</returns>
    public async ValueTask<bool> AppearAsync(
        NodeIncarnation life, SessionName name, ReadOnlyMemory<byte> card, CancellationToken cancellation)
    {
        while (true)
        {
            Task free;
            lock (_gate)
            {
                if (life != _life)
                    return false;
                if (_earlier is { } earlier)
                {
                    free = earlier.Task;
                }
                else if (!IsAnywhere(name))
                {
                    byte[] own = card.ToArray();
                    _own.Add(name, own);
                    Change(new PresenceChange(name, own));
                    return true;
                }
                else
                {
                    free = FreeOf(name);
                }
            }

            await free.WaitAsync(cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>A client that appeared here is gone.</summary>
    public void Disappear(NodeIncarnation life, SessionName name)
    {
        lock (_gate)
        {
            if (life != _life || !_own.Remove(name))
                return;
            Change(new PresenceChange(name, null));
            Free(name);
        }
    }

    public void PeerConnected(NodeId peer)
    {
        lock (_gate)
        {
            if (!_senders.TryGetValue(peer, out ListSender<PresenceChange>? sender))
            {
                sender = new ListSender<PresenceChange>(
                    peer, PeerKind.Presence, PresenceChange.Write, SendControl, node.Time);
                _senders.Add(peer, sender);
            }

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

    /// <summary>A batch of another node's clients.</summary>
    public void Receive(NodeId from, ReadOnlyMemory<byte> payload)
    {
        ReadOnlyMemory<byte>? taken;
        lock (_gate)
        {
            if (!_receivers.TryGetValue(from, out PresenceReceiver? receiver))
                _receivers.Add(from, receiver = new PresenceReceiver(from, Free, Lose));
            taken = receiver.Take(payload, node.Directory.IsOver);
        }

        if (taken is { } answer)
            SendControl(from, new PeerMessage((byte)PeerKind.PresenceTaken, GroupId.Directory, answer));
    }

    /// <summary>Another node has taken a batch of this node's clients.</summary>
    public void ReceiveTaken(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        long list = input.ReadInt64();
        int number = input.ReadInt32();
        lock (_gate)
            _senders.GetValueOrDefault(from)?.AcknowledgedBy(life, list, number);
    }

    private bool SendControl(NodeId to, PeerMessage message) => node.SendPeer(to, PeerLane.Control, message);

    private bool IsAnywhere(SessionName name) => _own.ContainsKey(name) || IsElsewhere(name) || IsLost(name);

    private bool IsElsewhere(SessionName name)
    {
        foreach (PresenceReceiver receiver in _receivers.Values)
        {
            if (receiver.Has(name))
                return true;
        }

        return false;
    }

    private Task FreeOf(SessionName name)
    {
        if (!_awaited.TryGetValue(name, out TaskCompletionSource? waiting))
        {
            waiting = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _awaited.Add(name, waiting);
        }

        return waiting.Task;
    }

    /// <summary>Whoever waits for that client to be nowhere looks again.</summary>
    private void Free(SessionName name)
    {
        if (_awaited.Count > 0 && _awaited.Remove(name, out TaskCompletionSource? waiting))
            waiting.SetResult();
    }

    private void Change(PresenceChange change)
    {
        _lastChange++;
        foreach (ListSender<PresenceChange> sender in _senders.Values)
        {
            sender.Add(_lastChange, change);
            if (sender.Left > (2L * _own.Count) + MaxLeft)
                SendList(sender);
        }
    }

    private void SendList(ListSender<PresenceChange> sender) =>
        sender.Begin(_life, [.. _own.Select(one => new PresenceChange(one.Key, one.Value))], _lastChange);
}
