using System.Buffers;
using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Clients of nodes that died: one of those that are left tells of their end. The first one by number does, and
/// whoever comes after it asks until it is done, knows nothing, or is gone itself.</content>
internal sealed partial class PresenceDesk
{
    /// <summary>Clients that are told of at a time, a count; about every 100 ms.</summary>
    private const int MaxToldAtOnce = 1_000;

    /// <summary>Lives remembered whose clients were told of, a count: as long as others may ask.</summary>
    private const int MaxTold = 256;

    private const long AskEveryMs = 250;

    private readonly Dictionary<NodeIncarnation, LostList> _lost = [];
    private readonly Queue<NodeIncarnation> _told = new();
    private Task _telling = Task.CompletedTask;

    /// <summary>Who is told; null: nobody wants to know.</summary>
    public ILostClients? Watcher { get; set; }

    /// <summary>Nodes came or went in the directory.</summary>
    public void NodesChanged(DirectorySnapshot directory)
    {
        lock (_gate)
            LoseOver(directory);
    }

    /// <summary>Sends what is to be repeated, and tells of the lost; called about every 100 ms by one caller.</summary>
    /// <param name="isReady">This node may publish.</param>
    public void Tick(bool isReady, CancellationToken cancellation)
    {
        lock (_gate)
        {
            foreach (ListSender<PresenceChange> sender in _senders.Values)
                sender.Tick();
            AskEarlier();
            if (!isReady || !_telling.IsCompleted)
                return;
            foreach (LostList list in _lost.Values)
            {
                if (node.Directory.IsOver(list.Life) && IsOurs(list))
                {
                    _telling = TellAsync(list, cancellation);
                    break;
                }
            }
        }
    }

    /// <summary>Another node wants to know whether this one tells of a life's clients.</summary>
    public void ReceiveLostAsked(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        bool isTold;
        lock (_gate)
        {
            DirectorySnapshot directory = node.Directory;
            LoseOver(directory);
            isTold = _told.Contains(life);
            // Who does not answer is about to do it, or does not know yet that the life is over.
            if (!isTold && (!directory.IsOver(life) || _lost.GetValueOrDefault(life) is { IsWhole: true }))
                return;
        }

        var output = new ArrayBufferWriter<byte>(13);
        PeerCodec.WriteLife(output, life);
        output.WriteByte(isTold ? (byte)1 : (byte)0);
        SendControl(from, new PeerMessage((byte)PeerKind.LostTold, GroupId.Directory, output.WrittenMemory));
    }

    public void ReceiveLostTold(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        bool isTold = input.ReadByte() != 0;
        lock (_gate)
        {
            if (!_lost.TryGetValue(life, out LostList? list))
                return;
            if (isTold)
                End(list);
            else if (node.Directory.FindNode(from) is { } passed)
                list.Passed.Add(passed.Incarnation);
        }
    }

    private bool IsLost(SessionName name)
    {
        foreach (LostList list in _lost.Values)
        {
            if (list.Clients.ContainsKey(name))
                return true;
        }

        return false;
    }

    private void Lose(LostList list) => _lost.TryAdd(list.Life, list);

    private void LoseOver(DirectorySnapshot directory)
    {
        foreach (PresenceReceiver receiver in _receivers.Values)
        {
            if (receiver.Life != default && directory.IsOver(receiver.Life))
                receiver.Lose();
        }
    }

    /// <summary>Asks those that come before this node, and again until they have answered.</summary>
    private bool IsOurs(LostList list)
    {
        bool isOurs = true;
        bool isTime = node.Time.MonotonicMs() - AskEveryMs >= list.AskedMs;
        foreach (NodeInfo other in node.Directory.Nodes)
        {
            NodeIncarnation life = other.Incarnation;
            // Who may lack some of them lets everyone go before.
            if (life.Node == _life.Node || list.Passed.Contains(life)
                || (list.IsWhole && life.Node.Value > _life.Node.Value))
            {
                continue;
            }

            isOurs = false;
            if (!isTime)
                continue;
            SendLife(life.Node, PeerKind.LostAsked, list.Life);
        }

        if (isTime)
            list.AskedMs = node.Time.MonotonicMs();
        return isOurs;
    }

    private async Task TellAsync(LostList list, CancellationToken cancellation)
    {
        List<LostClient> clients =
        [
            .. list.Clients.Take(MaxToldAtOnce).Select(one => new LostClient(
                one.Key.Namespace,
                one.Key.Name,
                one.Value.Card,
                _own.ContainsKey(one.Key) || IsElsewhere(one.Key))),
        ];
        // Out of the lock, which the caller has.
        await Task.Yield();
        try
        {
            if (Watcher is { } watcher)
                await watcher.LostAsync(clients, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // This node stops; the next one tells of all that are left.
            return;
        }
#pragma warning disable CA1031 // Whatever the adapter lets out is our fault; it must not keep the others' ends back.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            GroupTrace.LostNotTold(node.Log, list.Life.Node, clients.Count, fault);
        }

        lock (_gate)
        {
            foreach (LostClient client in clients)
            {
                var name = new SessionName(client.Namespace, client.Session);
                list.Clients.Remove(name);
                Free(name);
            }

            if (list.Clients.Count == 0)
                End(list);
        }
    }

    private void End(LostList list)
    {
        if (!_lost.Remove(list.Life))
            return;
        foreach (SessionName name in list.Clients.Keys)
            Free(name);
        if (_told.Count == MaxTold)
            _told.Dequeue();
        _told.Enqueue(list.Life);
    }
}
