using Cmq.MultiProtocol.Core.Cluster;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

public sealed class SnapshotPolicyTests
{
    private const long LogBytes = 1_000_000;

    private readonly Clock _clock = new();
    private readonly SnapshotPolicy _policy = new(LogBytes, keptBytes: 500, shortBytes: 50);

    private bool IsDue(bool keepsOld = false, bool isShort = false) => _policy.IsDue(_clock, keepsOld, isShort);

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
        for (int second = 0; second < 5 * 60; second++)
        {
            Assert.False(IsDue());
            _policy.Applied(1, commands: 1);
            _clock.Pass(TimeSpan.FromSeconds(1));
        }

        Assert.True(IsDue());
    }

    [Fact]
    public void A_group_that_became_quiet_has_one_due_unless_its_state_is_large()
    {
        _policy.Started(_clock, snapshotBytes: 10);
        _policy.Applied(1, commands: 1);
        Assert.False(IsDue());
        _clock.Pass(TimeSpan.FromSeconds(9));
        Assert.False(IsDue());
        _clock.Pass(TimeSpan.FromSeconds(1));
        Assert.True(IsDue());

        _policy.Started(_clock, snapshotBytes: 60 * 1024 * 1024);
        _clock.Pass(TimeSpan.FromHours(1));
        Assert.False(IsDue());
        _policy.Started(_clock, snapshotBytes: 60 * 1024 * 1024);
        _policy.Applied(1, commands: 1);
        Assert.False(IsDue());
        _clock.Pass(TimeSpan.FromSeconds(69));
        Assert.False(IsDue());
        _clock.Pass(TimeSpan.FromSeconds(1));
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
    public void Less_is_kept_while_space_is_short_and_what_was_settled_goes_soon()
    {
        _policy.Started(_clock, snapshotBytes: 0);
        _policy.Applied(1, commands: 1);
        Assert.False(IsDue(isShort: true));
        _clock.Pass(TimeSpan.FromSeconds(2));
        Assert.Equal((true, false), (IsDue(isShort: true), IsDue()));
        _policy.Started(_clock, snapshotBytes: 160 * 1024 * 1024);
        _policy.Applied(1, commands: 1);
        _clock.Pass(TimeSpan.FromSeconds(11));
        Assert.False(IsDue(isShort: true));
        _policy.Started(_clock, snapshotBytes: 0);
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
