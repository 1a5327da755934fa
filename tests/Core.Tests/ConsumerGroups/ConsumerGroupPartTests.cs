using Cmq.MultiProtocol.Core.ConsumerGroups;
using Cmq.MultiProtocol.Core.Groups;
using Xunit;
using static Cmq.MultiProtocol.Core.Tests.ConsumerGroups.ConsumerGroupMachine;

namespace Cmq.MultiProtocol.Core.Tests.ConsumerGroups;

/// <summary>The replicated state of consumer groups (DESIGN sections 2 and 6).</summary>
public sealed class ConsumerGroupPartTests
{
    private readonly ConsumerGroupMachine _machine = new();

    [Fact]
    public void Members_are_listed_in_ordinal_order_and_every_change_of_them_raises_the_generation()
    {
        long first = _machine.Join("b").Value;
        long second = _machine.Join("B").Value;
        long third = _machine.Join("a").Value;

        Assert.Equal("B a b", _machine.Members());
        Assert.True(first > 0 && second > first && third > second);

        _machine.Leave("a");
        Assert.Equal("B b", _machine.Members());
        Assert.True(_machine.Generation > third);
        _machine.CheckState();
    }

    [Fact]
    public void Joining_again_changes_the_group_only_with_other_metadata()
    {
        long generation = _machine.Join("a", metadata: "topics").Value;

        Assert.Equal(generation, _machine.Join("a", metadata: "topics", sessionTimeoutMs: 5).Value);
        Assert.Equal(generation, _machine.Join("a", Connection(2), "topics").Value);
        Assert.True(_machine.Join("a", Connection(2), "others").Value > generation);

        Assert.Equal("others"u8, _machine.Part.Find(Orders)!.Members["a"].Metadata.Span);
        _machine.CheckState();
    }

    [Fact]
    public void A_later_join_of_the_same_name_owns_the_member()
    {
        _machine.Join("a", Connection(1));
        _machine.Join("a", Connection(2));

        _machine.Leave("a", Connection(1));
        _machine.LeaveAll(Connection(1));
        Assert.Equal("a", _machine.Members());

        _machine.LeaveAll(Connection(2));
        Assert.Equal("", _machine.Members());
    }

    [Fact]
    public void A_connection_that_ends_takes_its_members_out_of_all_groups_and_no_others()
    {
        var other = new ConsumerGroupKey(new NamespaceId(1), "other");
        var elsewhere = new ConsumerGroupKey(new NamespaceId(2), "orders");
        _machine.Join("a");
        _machine.Join("b", Connection(2));
        _machine.Join("a", group: other);
        _machine.Join("a", group: elsewhere);

        _machine.LeaveAll(Connection());

        Assert.Equal(("b", "", ""), (_machine.Members(), _machine.Members(other), _machine.Members(elsewhere)));
        // Nothing is left of a group without members, offsets and locks.
        Assert.Single(_machine.Part.Groups);
        _machine.CheckState();
    }

    [Fact]
    public void A_gone_node_takes_the_members_of_its_connections_along_and_leaves_locks_and_offsets()
    {
        _machine.Join("a", Connection(1));
        _machine.Join("b", Connection(2));
        _machine.Join("c", Connection(1, NodeB));
        _machine.Join("d", new ConnectionKey(NodeA with { Incarnation = 2 }, 1));
        _machine.Commit(7, 70);
        _machine.Lock("a", 60_000, 7);
        _machine.CheckState();

        _machine.NodeGone(NodeA);

        Assert.Equal("c d", _machine.Members());
        Assert.Equal(70, _machine.Part.Find(Orders)!.Offsets[7]);
        Assert.Equal(0, _machine.Lock("c", 60_000, 7));
        _machine.CheckState();
    }

    [Fact]
    public void A_drop_means_one_joining_and_not_a_later_one()
    {
        _machine.Join("a");
        long number = _machine.Part.Find(Orders)!.Members["a"].Number;
        _machine.Join("a");

        _machine.Drop("a", number);
        Assert.Equal("a", _machine.Members());

        _machine.Drop("a", _machine.Part.Find(Orders)!.Members["a"].Number);
        Assert.Equal("", _machine.Members());
        _machine.Drop("a", number);
    }

    [Fact]
    public void A_generation_is_never_used_twice_also_when_the_group_was_gone()
    {
        _machine.Join("a");
        long last = _machine.Join("b").Value;
        _machine.LeaveAll(Connection());
        Assert.Empty(_machine.Part.Groups);
        _machine.CheckState();

        Assert.True(_machine.Join("a").Value > last);
    }

    [Fact]
    public void The_newest_offset_counts_also_a_lower_one()
    {
        Assert.Equal(Reply.Ok, _machine.Commit(7, 10));
        Assert.Equal(Reply.Ok, _machine.Commit(8, 20));
        Assert.Equal(Reply.Ok, _machine.Commit(7, 5));

        Assert.Equal([new(7, 5), new(8, 20)], _machine.Part.Find(Orders)!.Offsets);
        _machine.CheckState();
    }

    [Fact]
    public void A_lock_keeps_others_out_until_its_lease_ends_and_renewing_prolongs_it()
    {
        Assert.Equal(0b11, _machine.Lock("a", 1_000, 7, 8));
        Assert.Equal(0b10, _machine.Lock("b", 1_000, 8, 9));

        _machine.NowMs += 600;
        Assert.Equal(0b01, _machine.Lock("a", 1_000, 7));
        _machine.NowMs += 400;
        // 8 ends at this moment, 7 was renewed.
        Assert.Equal(0b10, _machine.Lock("b", 1_000, 7, 8));
        _machine.NowMs += 599;
        Assert.Equal(0, _machine.Lock("b", 1_000, 7));
        _machine.NowMs += 1;
        Assert.Equal(1, _machine.Lock("b", 1_000, 7));
        _machine.CheckState();
    }

    [Fact]
    public void The_fencing_token_stays_with_the_holder_and_rises_with_every_other_one()
    {
        _machine.Lock("a", 1_000, 7);
        long first = _machine.TokenOf(7);
        _machine.Lock("a", 1_000, 7);
        Assert.Equal(first, _machine.TokenOf(7));

        _machine.NowMs += 1_000;
        _machine.Lock("b", 1_000, 7);
        long second = _machine.TokenOf(7);
        Assert.True(second > first);

        _machine.Unlock("b", 7);
        Assert.Null(_machine.Part.Find(Orders));
        _machine.Lock("b", 1_000, 7);
        Assert.True(_machine.TokenOf(7) > second);
    }

    [Fact]
    public void Only_its_holder_unlocks_a_partition()
    {
        _machine.Lock("a", 1_000, 7);

        _machine.Unlock("b", 7);
        Assert.Equal(0, _machine.Lock("b", 1_000, 7));

        _machine.Unlock("a", 7, 8);
        Assert.Equal(1, _machine.Lock("b", 1_000, 7));
        _machine.CheckState();
    }

    [Fact]
    public void Locks_that_have_run_out_are_cleared_away_and_the_group_with_them()
    {
        _machine.Lock("a", 1_000, 7);
        _machine.Lock("a", 60_000, 8);
        _machine.CheckState();

        _machine.Pass(20_000);
        Assert.Equal([8L], _machine.Part.Find(Orders)!.Locks.Keys);
        _machine.CheckState();

        _machine.Pass(60_000);
        Assert.Empty(_machine.Part.Groups);
        Assert.Null(_machine.NextTickMs);
        _machine.CheckState();
    }

    [Fact]
    public void One_tick_looks_through_a_bounded_number_of_groups()
    {
        var machine = new ConsumerGroupMachine(new ConsumerGroupLimits { MaxGroupsPerTick = 2 });
        for (int i = 0; i < 5; i++)
        {
            var key = new ConsumerGroupKey(new NamespaceId(1), $"g{i}");
            machine.Apply(output => ConsumerGroupCommands.Lock(output, key, "a", 1_000, [new QueueId(7)]));
        }

        machine.NowMs += 20_000;
        machine.Apply(Core.Queues.QueueCommandWriter.Tick);
        Assert.Equal(3, machine.Part.Groups.Count);

        machine.Pass(0);
        Assert.Empty(machine.Part.Groups);
    }

    [Fact]
    public void What_is_pruned_makes_room_and_a_group_without_anything_else_goes()
    {
        var machine = new ConsumerGroupMachine(new ConsumerGroupLimits { MaxAllOffsets = 2, MaxAllLocks = 2 });
        machine.Commit(1, 10);
        machine.Commit(2, 20);
        Assert.Equal(0b11, machine.Lock("a", 1_000, 1, 2));
        machine.Prune(1, 3);
        Assert.Equal([2], machine.Part.Find(Orders)!.Offsets.Keys);
        Assert.Equal([2], machine.Part.Find(Orders)!.Locks.Keys);
        machine.CheckState();
        Assert.Equal(Reply.Ok, machine.Commit(4, 1));
        Assert.Equal(0b1, machine.Lock("a", 1_000, 4));

        machine.Prune(2, 4);
        Assert.Empty(machine.Part.Groups);
        machine.Prune(2);
        Assert.Null(machine.NextTickMs);
        machine.CheckState();
    }

    [Fact]
    public void A_group_is_deleted_when_nobody_is_in_it()
    {
        var machine = new ConsumerGroupMachine(new ConsumerGroupLimits { MaxAllOffsets = 2, MaxAllLocks = 1 });
        Assert.Equal(Reply.Ok, machine.Delete());
        machine.Join("a");
        machine.Commit(1, 10);
        machine.Commit(2, 20);
        Assert.Equal(Reply.InUse, machine.Delete());
        Assert.Equal(2, machine.Part.Find(Orders)!.Offsets.Count);

        machine.Lock("a", 1_000, 1);
        machine.Leave("a");
        Assert.Equal(Reply.InUse, machine.Delete());
        machine.NowMs += 1_000;
        Assert.Equal(Reply.Ok, machine.Delete());
        Assert.Empty(machine.Part.Groups);
        Assert.Null(machine.NextTickMs);
        machine.CheckState();

        // Its offsets and locks count no more.
        Assert.Equal([Reply.Ok, Reply.Ok], (Reply[])[machine.Commit(1, 10), machine.Commit(2, 20)]);
        Assert.Equal(1, machine.Lock("a", 1_000, 1));
    }

    [Fact]
    public void Everything_has_a_limit()
    {
        var machine = new ConsumerGroupMachine(new ConsumerGroupLimits
        {
            MaxGroups = 2,
            MaxMembers = 2,
            MaxMetadataBytes = 5,
            MaxOffsets = 2,
            MaxAllOffsets = 3,
            MaxLocks = 2,
            MaxAllLocks = 3,
        });
        var other = new ConsumerGroupKey(new NamespaceId(1), "other");
        var third = new ConsumerGroupKey(new NamespaceId(1), "third");
        var full = new Answer(Reply.LimitReached, 0);

        machine.Join("a", metadata: "123");
        Assert.Equal(full, machine.Join("b", metadata: "123"));
        Assert.Equal(Reply.Ok, machine.Join("a", metadata: "12345").Reply);
        Assert.Equal(Reply.Ok, machine.Join("b").Reply);
        Assert.Equal(full, machine.Join("c"));
        Assert.Equal(Reply.Ok, machine.Join("b").Reply);

        Assert.Equal([Reply.Ok, Reply.Ok, Reply.LimitReached, Reply.Ok], (Reply[])
            [machine.Commit(1, 1), machine.Commit(2, 1), machine.Commit(3, 1), machine.Commit(2, 2)]);
        Assert.Equal([Reply.Ok, Reply.LimitReached], (Reply[])
            [machine.Commit(1, 1, other), machine.Commit(2, 1, other)]);

        Assert.Equal(0b011, machine.Lock("a", 1_000, 1, 2, 3));
        Assert.Equal(Reply.LimitReached, machine.Commit(1, 1, third));
        Assert.Equal(full, machine.Join("a", group: third));
        Assert.Equal(full, machine.Apply(output => ConsumerGroupCommands.Lock(output, third, "a", 1, [])));
        machine.CheckState();

        // What went makes room.
        machine.LeaveAll(Connection());
        Assert.Equal(Reply.Ok, machine.Join("z", metadata: "12345").Reply);
        machine.Unlock("a", 1);
        Assert.Equal(1, machine.Lock("a", 1_000, 3));
    }
}
