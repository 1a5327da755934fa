using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// How much of what listeners on another node hear is on its way there. Behind so many bytes goes a mark, which the
/// node sends back: what the marks have not confirmed counts as under way. Any thread.
/// </summary>
/// <param name="maxBytes">Under way at most; a single message may exceed it while nothing else is.</param>
/// <param name="send">To the node, in order; false: it was dropped.</param>
internal sealed class ForwardWindow(long maxBytes, Func<PeerKind, ReadOnlyMemory<byte>, bool> send)
{
    private const long MarkEveryBytes = 256 * 1024;

    private long _sent;
    private long _marked;
    private long _taken;

    /// <summary>Sends a message, or drops it.</summary>
    /// <returns>False: dropped; the way is full or broken.</returns>
    public bool TrySend(ReadOnlyMemory<byte> message)
    {
        long sent = Interlocked.Add(ref _sent, message.Length);
        long before = sent - message.Length - Interlocked.Read(ref _taken);
        if ((before > 0 && before + message.Length > maxBytes) || !send(PeerKind.Heard, message))
        {
            Interlocked.Add(ref _sent, -message.Length);
            return false;
        }

        long marked = Interlocked.Read(ref _marked);
        if (sent - marked >= MarkEveryBytes && Interlocked.CompareExchange(ref _marked, sent, marked) == marked)
            SendMark(sent);
        return true;
    }

    /// <summary>A mark came back.</summary>
    public void Taken(long upTo)
    {
        long taken = Interlocked.Read(ref _taken);
        while (upTo > taken)
        {
            long before = Interlocked.CompareExchange(ref _taken, upTo, taken);
            if (before == taken)
                break;
            taken = before;
        }
    }

    /// <summary>The connection is a new one: what was under way is there or lost.</summary>
    public void Reset() => Taken(Interlocked.Read(ref _sent));

    /// <summary>A mark may be lost, and the last bytes have none yet.</summary>
    public void Tick()
    {
        long sent = Interlocked.Read(ref _sent);
        if (sent > Interlocked.Read(ref _taken))
            SendMark(sent);
    }

    private void SendMark(long sent)
    {
        var mark = new ArrayBufferWriter<byte>(sizeof(long));
        mark.WriteInt64(sent);
        send(PeerKind.HeardMark, mark.WrittenMemory);
    }
}
