using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Groups;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class MonotonicTimeTests
{
    [Fact]
    public void A_clock_of_nanoseconds_counts_on_after_years_of_uptime()
    {
        var time = new UptimeClock(TimeSpan.FromDays(4000));

        Assert.Equal(4000L * 24 * 3600 * 1000, time.MonotonicMs());
    }

    [Fact]
    public void A_lane_works_on_a_machine_that_has_been_up_for_years()
    {
        var lane = new LaneSender(
            LaneSource.Of(new NodeIncarnation(new NodeId(1), 1)),
            batch => true,
            new UptimeClock(TimeSpan.FromDays(4000)),
            timeoutMs: 5000);

        lane.Tick();

        Assert.Equal(0, lane.PendingBytes);
    }

    /// <summary>As Linux gives it: nanoseconds since the machine started.</summary>
    private sealed class UptimeClock(TimeSpan uptime) : TimeProvider
    {
        public override long TimestampFrequency => 1_000_000_000;

        public override long GetTimestamp() => uptime.Ticks * 100;
    }
}
