using System.Buffers;
using System.IO.Pipelines;

namespace Cmq.MultiProtocol.Core.Cluster.Transport;

/// <summary>One lane of a session: a reading loop, a writing loop and its queue, on one connection.</summary>
internal sealed class PeerLaneLink
{
    /// <summary>Smaller payloads are gathered with their neighbours, mostly whole entries of the log, too: a header
    /// that goes alone wakes the peer for nothing. Larger ones go out as they are.</summary>
    private const int CoalescedPayloadBytes = 96 << 10;

    /// <summary>So much is gathered before it is handed to the socket; and the largest piece of a
    /// payload.</summary>
    private const int BatchBytes = 256 << 10;

    private readonly PeerLane _lane;
    private readonly PeerWire _wire;
    private readonly TimeProvider _time;
    private readonly PeerSendQueue _queue;
    private readonly PeerReceiver _receiver;
    private long _lastSent;
    private long _lastReceived;
    private int _fullReported;
    private volatile bool _aborted;

    public PeerLaneLink(PeerLane lane, PeerWire wire, PeerTransportOptions options, TimeProvider time)
    {
        _lane = lane;
        _wire = wire;
        _time = time;
        _queue = new PeerSendQueue(options.QueueBytes(lane));
        _receiver = new PeerReceiver(options.MaxPayload(lane));
        _lastSent = _lastReceived = time.GetTimestamp();
    }

    public PeerLane Lane => _lane;

    public TimeSpan SinceReceived => _time.GetElapsedTime(Volatile.Read(ref _lastReceived));

    public bool Send(in PeerMessage message) => _queue.TryAdd(message);

    /// <summary>True the first time: one line in the log is enough for a session.</summary>
    public bool ReportFull() => Interlocked.Exchange(ref _fullReported, 1) == 0;

    public void KeepAlive(TimeSpan after)
    {
        if (_time.GetElapsedTime(Volatile.Read(ref _lastSent)) >= after)
            _queue.AddIdle();
    }

    /// <summary>Ends the loops; what is queued is lost.</summary>
    public void Abort(string why)
    {
        _aborted = true;
        _queue.Close();
        _wire.Abort(why);
    }

    /// <summary>Returns when the connection was closed; throws when it broke.</summary>
    public async Task ReceiveAsync(NodeId from, IPeerHandler handler)
    {
        while (true)
        {
            ReadResult read = await _wire.Input.ReadAsync().ConfigureAwait(false);
            Volatile.Write(ref _lastReceived, _time.GetTimestamp());
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (_receiver.TryRead(ref buffer, out PeerMessage message))
            {
                // The session may have ended meanwhile; what it would still bring is lost like the rest.
                if (_aborted)
                    return;
                handler.Received(from, _lane, message);
            }

            _wire.Input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
                return;
        }
    }

    /// <summary>Writes what is queued, everything that waits in as few writes as possible, until
    /// <see cref="Abort"/>: an aborted connection also ends a write that waits for the peer to
    /// read.</summary>
    public async Task SendAsync()
    {
        PipeWriter output = _wire.Output;
        while (await _queue.WaitAsync().ConfigureAwait(false))
        {
            long costs = 0;
            while (_queue.TryTake(out OutboundFrame frame))
            {
                ReadOnlyMemory<byte> payload = frame.Message.Payload;
                Gather(output, frame);
                if (payload.Length > CoalescedPayloadBytes)
                    await WriteLargeAsync(output, payload).ConfigureAwait(false);
                costs += PeerSendQueue.CostOf(payload.Length);
                if (costs >= BatchBytes)
                {
                    await FlushAsync(output, costs).ConfigureAwait(false);
                    costs = 0;
                }
            }

            if (costs > 0)
                await FlushAsync(output, costs).ConfigureAwait(false);
        }
    }

    private static void Gather(PipeWriter output, in OutboundFrame frame)
    {
        (byte kind, GroupId group, ReadOnlyMemory<byte> payload) = frame.Message;
        int copied = payload.Length > CoalescedPayloadBytes ? 0 : payload.Length;
        Span<byte> span = output.GetSpan(FrameHeader.Bytes + copied);
        FrameHeader.Write(span, frame.Type, kind, group, payload.Span);
        payload.Span[..copied].CopyTo(span[FrameHeader.Bytes..]);
        output.Advance(FrameHeader.Bytes + copied);
    }

    /// <summary>In pieces, because a pipe would take memory for all of it before the first byte
    /// leaves.</summary>
    private async ValueTask WriteLargeAsync(PipeWriter output, ReadOnlyMemory<byte> payload)
    {
        for (ReadOnlyMemory<byte> rest = payload; rest.Length > 0;)
        {
            ReadOnlyMemory<byte> piece = rest[..Math.Min(rest.Length, BatchBytes)];
            FlushResult flush = await output.WriteAsync(piece).ConfigureAwait(false);
            Sent(flush);
            rest = rest[piece.Length..];
        }
    }

    private async ValueTask FlushAsync(PipeWriter output, long costs)
    {
        Sent(await output.FlushAsync().ConfigureAwait(false));
        _queue.Written(costs);
    }

    private void Sent(FlushResult flush)
    {
        // Under TLS nobody else says that the connection is gone.
        if (flush.IsCompleted || _aborted)
            throw new PeerProtocolException("the connection no longer takes what is sent");
        Volatile.Write(ref _lastSent, _time.GetTimestamp());
    }
}
