using System.Numerics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>The messages of a publisher that are sent and not answered. Used by the publisher's thread; the counts may be
/// read by others.</summary>
/// <param name="size">At most so many.</param>
/// <param name="confirmed">Takes the numbers of those that were confirmed.</param>
/// <param name="phase">Latencies count while it is measured.</param>
public sealed class SendWindow(int size, NumberSet confirmed, Phase phase)
{
    /// <summary>Answers may come in any order; the oldest open one may be so far behind.</summary>
    private const int Spread = 4;

    private const long Settled = -1;

    private readonly long[] _sentAt = new long[BitOperations.RoundUpToPowerOf2((uint)(size * Spread))];
    private long _next;
    private long _oldest;
    private int _open;
    private long _refused;

    /// <summary>From sending, or from when it was due, to the answer.</summary>
    public Histogram Latencies { get; } = new();

    /// <summary>Messages sent; the number of the next one.</summary>
    public long Sent => Volatile.Read(ref _next);

    public long Confirmed => confirmed.Count;

    public long Refused => Volatile.Read(ref _refused);

    public int Open => Volatile.Read(ref _open);

    /// <summary>The oldest that is not answered.</summary>
    public long Oldest => _oldest;

    public int Room => (int)Math.Min(size - _open, _sentAt.Length - (_next - _oldest));

    private int Mask => _sentAt.Length - 1;

    /// <summary>Takes a place for the next message.</summary>
    public void Add(long sentAt)
    {
        _sentAt[_next & Mask] = sentAt;
        _open++;
        Volatile.Write(ref _next, _next + 1);
    }

    /// <summary>A message was answered; one that was answered before stays as it is.</summary>
    /// <exception cref="IOException">It was not sent.</exception>
    public void Settle(long number, bool isStored, long now)
    {
        if (number < 0 || number >= _next)
            throw new IOException($"an answer to message {number}; {_next} were sent");
        if (number < _oldest || _sentAt[number & Mask] == Settled)
            return;
        if (isStored)
        {
            if (phase.IsMeasured)
                Latencies.Add(_sentAt[number & Mask], now);
            confirmed.Add(number);
        }
        else
        {
            Volatile.Write(ref _refused, _refused + 1);
        }

        _sentAt[number & Mask] = Settled;
        _open--;
        while (_oldest < _next && _sentAt[_oldest & Mask] == Settled)
            _oldest++;
    }

    /// <summary>All up to this one were answered.</summary>
    public void SettleUpTo(long number, bool isStored, long now)
    {
        for (long each = _oldest; each <= number; each++)
            Settle(each, isStored, now);
    }
}
