using System.Diagnostics.CodeAnalysis;
using System.Threading.Channels;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>What waits to be written to one lane, bounded in bytes. Any thread adds, one takes.</summary>
internal sealed class PeerSendQueue(long limitBytes)
{
    /// <summary>What a waiting message takes beside its payload, so that a million empty ones are not
    /// free.</summary>
    private const int EntryBytes = 64;

    // Not unbounded: every message counts at least EntryBytes.
    private readonly Channel<OutboundFrame> _frames = Channel.CreateUnbounded<OutboundFrame>(
        new UnboundedChannelOptions { SingleReader = true, AllowSynchronousContinuations = false });

    private long _bytes;

    /// <summary>False: full, or closed.</summary>
    public bool TryAdd(in PeerMessage message)
    {
        long cost = CostOf(message.Payload.Length);
        // A message larger than the whole queue passes while it is alone, else it never would.
        if (Interlocked.Add(ref _bytes, cost) is { } total && total > limitBytes && total != cost)
        {
            Interlocked.Add(ref _bytes, -cost);
            return false;
        }

        return _frames.Writer.TryWrite(new OutboundFrame(FrameType.Message, message));
    }

    /// <summary>Adds an empty frame unless something waits or is being written, which says as much.</summary>
    public void AddIdle()
    {
        long cost = CostOf(0);
        if (Interlocked.CompareExchange(ref _bytes, cost, 0) == 0)
            _frames.Writer.TryWrite(new OutboundFrame(FrameType.Idle, default));
    }

    /// <summary>False: closed and empty.</summary>
    public ValueTask<bool> WaitAsync() => _frames.Reader.WaitToReadAsync();

    public bool TryTake([MaybeNullWhen(false)] out OutboundFrame frame) => _frames.Reader.TryRead(out frame);

    /// <summary>What was taken counts until it is written, or the bound would not be one.</summary>
    public void Written(long costs) => Interlocked.Add(ref _bytes, -costs);

    public void Close() => _frames.Writer.TryComplete();

    public static long CostOf(int payloadBytes) => (long)payloadBytes + EntryBytes;
}
