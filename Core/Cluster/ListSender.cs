using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// A list of this node's on its way to one other node, and then what changes of it: in batches, one under way at a time,
/// repeated until it is acknowledged. A connection starts with the whole list. Under the desk's lock.
/// </summary>
/// <param name="peer">The other node.</param>
/// <param name="kind">What its batches are.</param>
/// <param name="write">Encodes one item.</param>
/// <param name="send">False: it cannot be sent now.</param>
/// <param name="time">For repetitions.</param>
internal sealed class ListSender<T>(
    NodeId peer,
    PeerKind kind,
    Action<IBufferWriter<byte>, T> write,
    Func<NodeId, PeerMessage, bool> send,
    TimeProvider time)
{
    /// <summary>A batch ends at this size; one item may go beyond it.</summary>
    private const int BatchBytes = 64 * 1024;

    /// <summary>Without an acknowledgement for so long a batch is sent again.</summary>
    private const long SendAgainMs = 250;

    private readonly Queue<(long Change, T Item)> _left = new();
    private ReadOnlyMemory<byte>? _underWay;
    private NodeIncarnation _life;
    private long _list;
    private int _number;
    private int _ofList;
    private long _upTo;
    private long _sentMs;

    /// <summary>The node has this node's list as of that change; -1 = not even a whole list.</summary>
    public long Acknowledged { get; private set; } = -1;

    /// <summary>Changes that wait, a count.</summary>
    public int Left => _left.Count;

    public bool IsConnected { get; private set; }

    /// <summary>The node can be reached; <see cref="Begin"/> follows.</summary>
    public void Connected() => IsConnected = true;

    /// <summary>Begins with a whole list.</summary>
    /// <param name="life">Whose list it is.</param>
    /// <param name="all">All of them.</param>
    /// <param name="change">The change that the list is as of.</param>
    public void Begin(NodeIncarnation life, IReadOnlyList<T> all, long change)
    {
        Acknowledged = -1;
        _life = life;
        _list++;
        _number = 0;
        _left.Clear();
        foreach (T item in all)
            _left.Enqueue((change, item));
        _ofList = all.Count;
        _upTo = change;
        SendNext();
    }

    public void Disconnected()
    {
        IsConnected = false;
        Acknowledged = -1;
        _left.Clear();
        _underWay = null;
    }

    public void Add(long change, T item)
    {
        if (_list == 0 || !IsConnected)
            return;
        _left.Enqueue((change, item));
        if (_underWay is null)
            SendNext();
    }

    /// <summary>The node has taken a batch.</summary>
    public void AcknowledgedBy(NodeIncarnation life, long list, int number)
    {
        if (!IsConnected || _underWay is null || life != _life || list != _list || number != _number)
            return;
        _underWay = null;
        // A part of a list is none.
        if (_ofList == 0)
            Acknowledged = _upTo;
        if (_left.Count > 0)
            SendNext();
    }

    public void Tick()
    {
        if (_underWay is { } batch && time.MonotonicMs() - _sentMs >= SendAgainMs)
            Send(batch);
    }

    private void SendNext()
    {
        var items = new ArrayBufferWriter<byte>(256);
        int count = 0;
        while (items.WrittenCount < BatchBytes && _left.TryDequeue(out (long Change, T Item) next))
        {
            write(items, next.Item);
            count++;
            _upTo = next.Change;
            if (_ofList > 0 && --_ofList == 0)
                break;
        }

        var output = new ArrayBufferWriter<byte>(items.WrittenCount + 64);
        PeerCodec.WriteLife(output, _life);
        output.WriteInt64(_list);
        output.WriteInt32(++_number);
        output.WriteByte(_ofList == 0 ? (byte)1 : (byte)0);
        output.WriteInt32(count);
        output.Write(items.WrittenSpan);
        _underWay = output.WrittenMemory;
        Send(output.WrittenMemory);
    }

    /// <summary>What cannot be sent now is sent again later.</summary>
    private void Send(ReadOnlyMemory<byte> batch)
    {
        _sentMs = time.MonotonicMs();
        send(peer, new PeerMessage((byte)kind, GroupId.Directory, batch));
    }
}
