using Cmq.MultiProtocol.Adapters.Amqp.State;
using Cmq.MultiProtocol.Connections;

namespace Cmq.MultiProtocol.Adapters.Amqp.Connection;

/// <summary>A connection's time limits: handshake, close, heartbeats both ways. Wakes the loop when one is
/// due.</summary>
internal sealed class AmqpClock : IDisposable
{
    private readonly TimeProvider _time;
    private readonly AmqpOptions _options;
    private readonly ITimer _timer;
    private readonly Wake _wake;
    private readonly long _start;

    /// <summary>When the timer rings; -1 = it has.</summary>
    private long _armedMs = -1;
    private AmqpPhase _phase;
    private long _phaseEndsMs;
    private long _beatMs;
    private long _nextBeatMs = long.MaxValue;
    private int _beats;
    private bool _sent;
    private bool _beatGoesOut;
    private bool _received;
    private int _silentChecks;

    public AmqpClock(TimeProvider time, AmqpOptions options, Wake wake)
    {
        _time = time;
        _options = options;
        _wake = wake;
        _start = time.GetTimestamp();
        _timer = time.CreateTimer(
            static state => ((AmqpClock)state!).Ring(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _phaseEndsMs = options.HandshakeTimeoutMs;
        Arm(0);
    }

    private long NowMs => (long)_time.GetElapsedTime(_start).TotalMilliseconds;

    /// <summary>Something was sent; a heartbeat does not save the next one.</summary>
    public void Sent()
    {
        _sent = !_beatGoesOut;
        _beatGoesOut = false;
    }

    public void Received() => _received = true;

    /// <summary>Looks what is due.</summary>
    /// <param name="conversation">Sends the heartbeat.</param>
    /// <param name="isHeldBack">We do not read, so silence says nothing of the peer.</param>
    /// <returns>Why the socket is to be dropped now; null = go on.</returns>
    public string? Check(AmqpConversation conversation, bool isHeldBack)
    {
        long now = NowMs;
        if (conversation.Phase != _phase)
            Enter(conversation, now);
        string? due = now >= _phaseEndsMs ? Overdue(_phase) : null;
        if (due is null && _nextBeatMs <= now)
            due = Beat(conversation, now, isHeldBack);
        if (due is null)
            Arm(now);
        return due;
    }

    public void Dispose() => _timer.Dispose();

    private void Ring()
    {
        Interlocked.Exchange(ref _armedMs, -1);
        _wake.Signal();
    }

    private void Enter(AmqpConversation conversation, long now)
    {
        _phase = conversation.Phase;
        _phaseEndsMs = _phase switch
        {
            // The handshake's steps share one limit.
            < AmqpPhase.Running => _options.HandshakeTimeoutMs,
            AmqpPhase.Running => long.MaxValue,
            AmqpPhase.Closed => now + _options.LingerMs,
            _ => now + _options.CloseTimeoutMs,
        };
        if (_phase != AmqpPhase.Running)
            _nextBeatMs = long.MaxValue;
        else if (conversation.HeartbeatSeconds > 0)
            StartBeats(conversation.HeartbeatSeconds, now);
    }

    private void StartBeats(int seconds, long now)
    {
        _beatMs = seconds * 1000L / 2;
        _nextBeatMs = now + _beatMs;
        _received = true;
    }

    /// <summary>Every half interval: sends one if nothing else was sent. Every whole one: looks whether
    /// anything came; the second silent look in a row, that is after two to three intervals, ends
    /// it.</summary>
    private string? Beat(AmqpConversation conversation, long now, bool isHeldBack)
    {
        _nextBeatMs = now + _beatMs;
        _beatGoesOut = !_sent;
        _sent = false;
        if (_beatGoesOut)
            conversation.Heartbeat();
        if (++_beats % 2 != 0)
            return null;
        _silentChecks = _received || isHeldBack ? 0 : _silentChecks + 1;
        _received = false;
        return _silentChecks == 2 ? "missed heartbeats from client" : null;
    }

    private static string Overdue(AmqpPhase phase) => phase switch
    {
        < AmqpPhase.Running => "handshake timeout",
        AmqpPhase.Refused => "refused",
        _ => "close timeout",
    };

    private void Arm(long now)
    {
        long next = Math.Min(_phaseEndsMs, _nextBeatMs);
        // The loop comes by often; the timer is touched only when something changed.
        if (Interlocked.Exchange(ref _armedMs, next) == next)
            return;
        TimeSpan due = next == long.MaxValue
            ? Timeout.InfiniteTimeSpan
            : TimeSpan.FromMilliseconds(Math.Max(1, next - now));
        _timer.Change(due, Timeout.InfiniteTimeSpan);
    }
}
