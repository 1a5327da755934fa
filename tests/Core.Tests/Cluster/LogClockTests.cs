using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>DESIGN section 4: log time follows the clocks by at most 1 s per minute.</summary>
public sealed class LogClockTests
{
    private readonly SteppedTime _time = new();
    private readonly LogClock _clock;

    public LogClockTests() => _clock = new LogClock(_time);

    [Fact]
    public void A_wall_clock_that_steps_after_a_long_agreement_is_followed_slowly()
    {
        _clock.Start(0);
        long start = _clock.NowMs;
        _time.Pass(3_600_000);
        Assert.Equal(start + 3_600_000, _clock.NowMs);

        _time.StepMs = 600_000;
        _time.Pass(60_000);

        Assert.Equal(start + 3_600_000 + 60_000 + 1_000, _clock.NowMs);
    }

    [Fact]
    public void It_never_goes_back_and_never_below_the_last_stamp()
    {
        _clock.Start(5_000_000_000_000);
        long now = _clock.NowMs;
        Assert.Equal(5_000_000_000_000, now);
        for (int i = 0; i < 100; i++)
        {
            _time.Pass(7);
            long next = _clock.NowMs;
            Assert.True(next >= now);
            now = next;
        }
    }

    [Fact]
    public void The_lower_median_of_the_clocks_counts_and_a_peer_that_is_lost_does_not()
    {
        _clock.Heard(new NodeId(2), _clock.WallMs - 5_000);
        _clock.Heard(new NodeId(3), _clock.WallMs - 7_000);
        _clock.Start(0);
        Assert.Equal(_clock.WallMs - 5_000, _clock.NowMs);

        _clock.Lost(new NodeId(2));
        _clock.Lost(new NodeId(3));
        _clock.Start(0);
        Assert.Equal(_clock.WallMs, _clock.NowMs);
    }

    private sealed class SteppedTime : TimeProvider
    {
        private long _elapsedMs;

        public long StepMs { get; set; }

        public override long TimestampFrequency => 1000;

        public override long GetTimestamp() => _elapsedMs;

        public override DateTimeOffset GetUtcNow() =>
            DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + _elapsedMs + StepMs);

        public void Pass(long ms) => _elapsedMs += ms;
    }
}
