using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class SnapshotPolicyTests
{
    private const long LogBytes = 1_000_000;

    private readonly Clock _clock = new();
    private readonly SnapshotPolicy _policy = new(LogBytes, keptBytes: 500, shortBytes: 50);

    private bool IsDue(bool keepsOld = false) => _policy.IsDue(_clock, keepsOld);

    [Fact]
    public void Nothing_is_due_before_anything_was_applied()
    {
        Assert.False(IsDue(keepsOld: true));
        _clock.Pass(TimeSpan.FromHours(1));
        Assert.False(IsDue(keepsOld: true));
    }

    [Fact]
    public void Much_log_many_commands_age_and_old_segments_each_make_one_due()
    {
        _policy.Applied((int)LogBytes - 1, commands: 1);
        Assert.False(IsDue());
        _policy.Applied(1, commands: 1);
        Assert.True(IsDue());

        _policy.Started(_clock, snapshotBytes: 10);
        Assert.False(IsDue());
        _policy.Applied(1_000, commands: 999_999);
        Assert.False(IsDue());
        _policy.Applied(1, commands: 1);
        Assert.True(IsDue());

        _policy.Started(_clock, snapshotBytes: 10);
        _policy.Applied(1, commands: 1);
        Assert.False(IsDue());
        Assert.True(IsDue(keepsOld: true));
        _clock.Pass(TimeSpan.FromMinutes(5));
        Assert.True(IsDue());
    }

    [Fact]
    public void A_large_state_is_not_written_for_little_log()
    {
        _policy.Applied(1, commands: 1);
        _policy.Started(_clock, snapshotBytes: 3 * LogBytes);
        _policy.Applied((int)LogBytes * 5, commands: 5_000_000);
        Assert.False(IsDue());
        _policy.Applied((int)LogBytes, commands: 1);
        Assert.True(IsDue());
        Assert.Equal(6 * LogBytes, _policy.KeptBytes(isShort: true));
    }

    [Fact]
    public void Less_may_be_kept_while_space_is_short()
    {
        Assert.Equal((500, 50), (_policy.KeptBytes(isShort: false), _policy.KeptBytes(isShort: true)));
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks = 1;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public void Pass(TimeSpan time) => _ticks += time.Ticks;

        public override long GetTimestamp() => _ticks;
    }
}
