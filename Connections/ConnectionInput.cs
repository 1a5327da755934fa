using System.Buffers;
using System.IO.Pipelines;

namespace Cmq.MultiProtocol.Connections;

/// <summary>What a client sent, and as much of it as is held back because the conversation may not take more now: reading
/// goes on meanwhile, within a limit, to see signs of life and the end. Not thread-safe.</summary>
/// <param name="transport">Where the bytes come from.</param>
/// <param name="maxHeldBytes">Input above which reading stops while it is held back.</param>
/// <param name="signal">Called when there is something to read after there was nothing.</param>
public sealed class ConnectionInput(PipeReader transport, long maxHeldBytes, Action signal)
{
    private PendingResult<ReadResult> _reading;

    /// <summary>Bytes of whole frames that were read and not taken.</summary>
    public long HeldBytes { get; private set; }

    /// <summary>The client sends no more than what was read.</summary>
    public bool IsEnded { get; private set; }

    /// <summary>What the client sends will be seen. False while as much as allowed is held back.</summary>
    public bool IsReading => _reading.IsActive;

    /// <param name="canTakeMore">The conversation may take something now.</param>
    /// <param name="input">All that was not taken yet; <see cref="Advance"/> has to follow.</param>
    public bool TryRead(bool canTakeMore, out ReadOnlySequence<byte> input)
    {
        input = default;
        if (!_reading.IsActive && !Start(canTakeMore))
            return false;
        if (!_reading.IsCompleted)
        {
            // What is held can be used now, but the pipe only wakes us for more.
            if (HeldBytes > 0 && canTakeMore)
                transport.CancelPendingRead();
            return false;
        }
        ReadResult result = _reading.Take();
        IsEnded |= result.IsCompleted;
        input = result.Buffer;
        return true;
    }

    /// <param name="rest">What was not taken.</param>
    /// <param name="isStarved">The rest is less than a frame.</param>
    /// <param name="canTakeMore">As in <see cref="TryRead"/>.</param>
    /// <returns>True when there is more to read at once, or a read was started.</returns>
    public bool Advance(in ReadOnlySequence<byte> rest, bool isStarved, bool canTakeMore)
    {
        HeldBytes = isStarved ? 0 : rest.Length;
        // Examined to the end, the next read waits for new bytes; else it completes at once.
        bool waits = isStarved || !canTakeMore;
        transport.AdvanceTo(rest.Start, waits ? rest.End : rest.Start);
        return !waits || Start(canTakeMore);
    }

    private bool Start(bool canTakeMore)
    {
        bool isOver = IsEnded && HeldBytes == 0;
        bool isFull = IsEnded || HeldBytes >= maxHeldBytes;
        if (isOver || (!canTakeMore && isFull))
            return false;
        _reading.Start(transport.ReadAsync(), signal);
        return true;
    }
}
