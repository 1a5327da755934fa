using Cmq.MultiProtocol.Core.ConsumerGroups;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.ConsumerGroups.ConsumerGroupMachine;

namespace Cmq.MultiProtocol.Core.Tests.ConsumerGroups;

/// <summary>What the leader hears of members, in virtual time.</summary>
public sealed class MemberWatchTests
{
    private readonly ConsumerGroupMachine _machine = new();
    private readonly MemberWatch _watch;
    private bool _logTakes = true;

    public MemberWatchTests()
    {
        _watch = new MemberWatch(_machine.Part);
        _watch.Start(_machine.NowMs);
    }

    [Fact]
    public void A_member_that_is_silent_for_its_time_out_is_dropped_and_one_that_is_heard_stays()
    {
        Join("a", 1_000);
        Join("b", 1_000);
        Join("c", 5_000);

        for (int i = 0; i < 10; i++)
        {
            Pass(300);
            Assert.NotNull(Hear("b"));
        }

        Assert.Equal("b c", _machine.Members());
    }

    [Fact]
    public void Neither_earlier_nor_later_than_its_time_out()
    {
        Join("a", 1_000);
        Pass(500);
        Hear("a");

        Pass(999);
        Assert.Equal("a", _machine.Members());
        Pass(1);
        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void A_heartbeat_says_the_generation_so_that_a_lost_word_is_made_up_for()
    {
        Join("a", 1_000);
        long? before = Hear("a");
        Join("b", 1_000);

        Assert.True(Hear("a") > before);
        Assert.Equal(_machine.Generation, Hear("a"));
    }

    [Fact]
    public void Who_is_no_member_by_that_connection_has_to_join()
    {
        Join("a", 1_000);

        Assert.Null(Hear("b"));
        Assert.Null(_watch.Hear(Orders, "a", Connection(2), _machine.NowMs));
        Assert.Null(_watch.Hear(new(new NamespaceId(1), "none"), "a", Connection(), _machine.NowMs));
    }

    [Fact]
    public void Who_is_about_to_be_dropped_is_not_heard_any_more_and_joins_behind_the_drop()
    {
        Join("a", 1_000);
        List<Action> proposed = [];
        Pass(999);
        _machine.NowMs++;
        _watch.Advance(_machine.NowMs, (_, name, member) =>
        {
            proposed.Add(() => _machine.Drop(name, member.Number));
            return true;
        });

        Assert.Null(Hear("a"));
        proposed[0]();
        Join("a", 1_000);
        Pass(900);
        Assert.NotNull(Hear("a"));
        Assert.Single(proposed);
    }

    [Fact]
    public void A_drop_that_the_log_does_not_take_is_tried_again()
    {
        Join("a", 1_000);
        _logTakes = false;
        Pass(1_500);
        Assert.Equal("a", _machine.Members());

        _logTakes = true;
        Pass(100);
        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void A_new_leader_keeps_members_for_one_time_out()
    {
        Join("a", 1_000);
        Pass(900);
        _watch.Stop();

        var next = new MemberWatch(_machine.Part);
        next.Start(_machine.NowMs);
        Assert.Equal(_machine.NowMs + 1_000, next.NextDueMs);
        for (int i = 0; i < 9; i++)
        {
            _machine.NowMs += 111;
            next.Advance(_machine.NowMs, Drop);
        }

        Assert.Equal("a", _machine.Members());
        _machine.NowMs++;
        next.Advance(_machine.NowMs, Drop);
        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void A_leader_that_stood_still_drops_nobody_for_what_it_did_not_hear()
    {
        Join("a", 3_000);
        Pass(1_000);

        _machine.NowMs += 10_000;
        _watch.Advance(_machine.NowMs, Drop);
        Assert.Equal("a", _machine.Members());

        Pass(2_999);
        Assert.Equal("a", _machine.Members());
        Pass(1);
        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void A_shorter_time_out_counts_from_the_joining_that_brought_it()
    {
        Join("a", 60_000);
        Join("a", 1_000);

        Pass(1_000);

        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void Changes_of_a_group_are_told_once_and_a_mere_heartbeat_is_none()
    {
        Join("a", 1_000);
        Join("b", 1_000);
        Assert.Equal(0, _watch.NextDueMs);
        Assert.Equal([Orders], _watch.TakeChanged().Select(changed => changed.Key));

        Hear("a");
        Join("a", 1_000);
        Assert.Empty(_watch.TakeChanged());

        _machine.LeaveAll(Connection());
        _watch.Applied(_machine.NowMs);
        // Nobody is left to be told.
        Assert.Empty(_watch.TakeChanged());
    }

    private void Join(string member, int sessionTimeoutMs)
    {
        _machine.Join(member, sessionTimeoutMs: sessionTimeoutMs);
        _watch.Applied(_machine.NowMs);
    }

    private long? Hear(string member) => _watch.Hear(Orders, member, Connection(), _machine.NowMs);

    private bool Drop(ConsumerGroupKey group, string name, GroupMember member)
    {
        if (!_logTakes)
            return false;
        _machine.Drop(name, member.Number);
        return true;
    }

    /// <summary>The leader's loop comes by every 100 ms.</summary>
    private void Pass(long ms)
    {
        for (; ms > 0; ms -= 100)
        {
            _machine.NowMs += Math.Min(ms, 100);
            _watch.Advance(_machine.NowMs, Drop);
            _watch.Applied(_machine.NowMs);
        }
    }
}
