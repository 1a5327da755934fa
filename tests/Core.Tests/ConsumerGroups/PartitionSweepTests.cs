using Cmq.MultiProtocol.Core.ConsumerGroups;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.ConsumerGroups.ConsumerGroupMachine;

namespace Cmq.MultiProtocol.Core.Tests.ConsumerGroups;

/// <summary>What the leader does about offsets and locks of deleted partitions, in virtual time.</summary>
public sealed class PartitionSweepTests
{
    private const int LeaseMs = 60_000;
    private static readonly ConsumerGroupKey Other = new(new NamespaceId(1), "other");
    private readonly ConsumerGroupMachine _machine = new();
    private readonly PartitionSweep _sweep;
    private readonly HashSet<long> _gone = [];
    private readonly Queue<(ConsumerGroupKey Group, QueueId[] Partitions)> _proposed = [];
    private int _asked;
    private bool _logTakes = true;

    public PartitionSweepTests()
    {
        _sweep = new PartitionSweep(_machine.Part);
        _sweep.Start();
    }

    [Fact]
    public void Offsets_and_locks_of_partitions_that_are_gone_are_forgotten_and_no_others()
    {
        _machine.Commit(1, 10);
        _machine.Commit(2, 20);
        _machine.Commit(2, 30, Other);
        _machine.Lock("a", LeaseMs, 2, 3, 4);
        Settle();
        Assert.Equal("1 2 / 2 3 4", Show(Orders));

        _gone.UnionWith([2, 3]);
        _sweep.LookAgain();
        Settle();

        Assert.Equal("1 / 4", Show(Orders));
        Assert.Equal("none", Show(Other));
        _machine.CheckState();
    }

    [Fact]
    public void A_new_leader_looks_through_all_of_them()
    {
        Settle();
        _sweep.Stop();
        _machine.Commit(1, 10);
        _gone.Add(1);

        _sweep.Start();
        Settle();

        Assert.Equal("none", Show(Orders));
    }

    [Fact]
    public void What_is_committed_or_locked_after_the_partition_went_is_forgotten_too()
    {
        Settle();
        _gone.UnionWith([1, 2]);
        _machine.Commit(1, 10);
        _machine.Lock("a", LeaseMs, 2);
        Settle();
        Assert.Equal("none", Show(Orders));
    }

    [Fact]
    public void Nothing_is_looked_at_when_nothing_happened()
    {
        _machine.Commit(1, 10);
        Settle();
        Assert.Null(_sweep.NextDueMs);
        int asked = _asked;
        _machine.Commit(1, 11);
        Settle();
        Assert.Equal(asked, _asked);
    }

    [Fact]
    public void One_command_forgets_so_many_and_the_next_one_the_rest()
    {
        const int Count = 2 * ConsumerGroupCommands.MaxPrunes + 5;
        for (int i = 1; i <= Count; i++)
            _machine.Commit(i, i);
        Settle();
        _gone.UnionWith(Enumerable.Range(1, Count).Select(i => (long)i));
        _sweep.LookAgain();
        _machine.NowMs += 1_000;

        Advance();
        Assert.Equal(ConsumerGroupCommands.MaxPrunes, Assert.Single(_proposed).Partitions.Length);
        // Not again while it is on its way, whatever else is applied.
        _machine.Commit(Count + 1, 1);
        Advance();
        Assert.Single(_proposed);
        Assert.Null(_sweep.NextDueMs);

        CommitOne();
        Assert.Equal(0, _sweep.NextDueMs);
        Settle();
        Assert.Equal($"{Count + 1} / ", Show(Orders));
    }

    [Fact]
    public void What_the_log_does_not_take_is_proposed_again()
    {
        _gone.Add(1);
        _machine.Commit(1, 10);
        _logTakes = false;
        Advance();
        Assert.Empty(_proposed);
        _logTakes = true;
        Settle();
        Assert.Equal("none", Show(Orders));
    }

    [Fact]
    public void One_pass_looks_at_a_bounded_number_and_then_it_rests_in_proportion()
    {
        const int Groups = 10;
        const int Each = 1_000;
        for (int i = 0; i < Groups * Each; i++)
            _machine.Commit(i % Each, 1, new ConsumerGroupKey(new NamespaceId(1), $"g{i / Each}"));
        _asked = 0;
        Advance();
        // What was just committed is looked at in any case.
        Assert.Equal(Groups * Each + 5 * Each, _asked);
        Assert.Equal(0, _sweep.NextDueMs);
        Advance();
        Assert.Equal(2 * Groups * Each, _asked);

        _sweep.LookAgain();
        Assert.Equal(_machine.NowMs + 100, _sweep.NextDueMs);
        Advance();
        Assert.Equal(2 * Groups * Each, _asked);
        _machine.NowMs += 100;
        Advance();
        Assert.Equal(2 * Groups * Each + 5 * Each, _asked);
    }

    private void Advance() => _sweep.Advance(
        _machine.NowMs,
        partition =>
        {
            _asked++;
            return _gone.Contains(partition.Value);
        },
        (group, partitions) =>
        {
            if (_logTakes)
                _proposed.Enqueue((group, partitions));
            return _logTakes;
        });

    private void CommitOne()
    {
        (ConsumerGroupKey group, QueueId[] partitions) = _proposed.Dequeue();
        _machine.Apply(output => ConsumerGroupCommands.Prune(output, group, partitions));
    }

    /// <summary>A second goes by, and all that was proposed is applied.</summary>
    private void Settle()
    {
        _machine.NowMs += 1_000;
        for (int pass = 0; pass < 100; pass++)
        {
            Advance();
            while (_proposed.Count > 0)
                CommitOne();
        }
    }

    /// <summary>Partitions with offsets, and with locks.</summary>
    private string Show(ConsumerGroupKey key) => _machine.Part.Find(key) is { } group
        ? $"{string.Join(' ', group.Offsets.Keys)} / {string.Join(' ', group.Locks.Keys)}"
        : "none";
}
