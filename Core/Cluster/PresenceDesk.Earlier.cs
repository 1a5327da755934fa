using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Metadata;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>A node that comes back knows nothing of the clients that it had: until the others say that their end was told,
/// nobody appears here. Clients that come back to it, as most do, would be announced before it otherwise.</content>
internal sealed partial class PresenceDesk
{
    /// <summary>Nodes that have nothing to tell of this node's earlier lives.</summary>
    private readonly HashSet<NodeIncarnation> _clear = [];

    /// <summary>Who waits for all of them; null when they have said so, for this life.</summary>
    private TaskCompletionSource? _earlier;

    private long _earlierAskedMs = long.MinValue;

    /// <summary>Another node has begun a life, and asks whether there is anything to tell of those before.</summary>
    public void ReceiveEarlierAsked(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        lock (_gate)
        {
            // It asks again.
            if (_receivers.GetValueOrDefault(from) is { } receiver && receiver.Life.Incarnation < life.Incarnation
                && receiver.HasAny)
            {
                return;
            }

            foreach (NodeIncarnation lost in _lost.Keys)
            {
                if (lost.Node == from && lost.Incarnation < life.Incarnation)
                    return;
            }
        }

        SendLife(from, PeerKind.EarlierTold, life);
    }

    public void ReceiveEarlierTold(NodeId from, ReadOnlyMemory<byte> payload)
    {
        var input = new StateReader(payload);
        NodeIncarnation life = PeerCodec.ReadLife(ref input);
        lock (_gate)
        {
            if (life != _life || node.Directory.FindNode(from) is not { } other)
                return;
            _clear.Add(other.Incarnation);
            AskEarlier();
        }
    }

    private void BeginEarlier()
    {
        _clear.Clear();
        _earlier?.SetResult();
        _earlier = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Asks whoever has not answered, and again until all have.</summary>
    private void AskEarlier()
    {
        DirectorySnapshot directory = node.Directory;
        // Before its own registration is applied here this node does not know who is there.
        if (_earlier is not { } earlier || !directory.IsLive(_life))
            return;
        bool isTime = node.Time.MonotonicMs() - AskEveryMs >= _earlierAskedMs;
        bool isClear = true;
        foreach (NodeInfo other in directory.Nodes)
        {
            if (other.Incarnation == _life || _clear.Contains(other.Incarnation))
                continue;
            isClear = false;
            if (isTime)
                SendLife(other.Incarnation.Node, PeerKind.EarlierAsked, _life);
        }

        if (isTime)
            _earlierAskedMs = node.Time.MonotonicMs();
        if (!isClear)
            return;
        _earlier = null;
        earlier.SetResult();
    }

    private void SendLife(NodeId to, PeerKind kind, NodeIncarnation life)
    {
        var output = new ArrayBufferWriter<byte>(12);
        PeerCodec.WriteLife(output, life);
        SendControl(to, new PeerMessage((byte)kind, GroupId.Directory, output.WrittenMemory));
    }
}
