using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

/// <summary>What the host must be able to rely on call by call; whole stories are in the scenario
/// files.</summary>
public sealed class RaftNodeTests
{
    private static readonly NodeId One = new(1);
    private static readonly NodeId Two = new(2);
    private readonly InMemoryRaftLog _log = new();

    [Fact]
    public void A_new_member_of_several_has_nothing_to_do()
    {
        RaftNode node = Start(voters: 3);
        Assert.False(node.HasReady);
        Assert.Equal(RaftRole.Follower, node.Role);
        Assert.False(node.TryPropose(EntryKind.Batch, default, out _));
    }

    [Fact]
    public void Applying_goes_on_behind_what_the_state_machine_has()
    {
        WriteEntries(5);
        RaftNode node = Start(voters: 3, new HardState(1, One, 4), appliedIndex: 2);
        Assert.Equal([3, 4], node.TakeReady().Committed.Select(entry => entry.Index));
        Assert.False(node.HasReady);
    }

    [Fact]
    public void A_log_that_lost_committed_entries_stops_the_member()
    {
        _log.Write([new Entry(1, 1, EntryKind.Batch, default)]);
        Assert.Throws<InvariantException>(() => Start(voters: 3, new HardState(1, One, 2)));
    }

    [Fact]
    public void A_log_of_a_later_term_than_the_hard_state_stops_the_member()
    {
        _log.Write([new Entry(1, 5, EntryKind.Batch, default)]);
        Assert.Throws<InvariantException>(() => Start(voters: 3, new HardState(4, One, 0)));
    }

    [Fact]
    public void A_leader_that_says_a_lost_entry_is_here_stops_the_member()
    {
        RaftNode node = Start(voters: 3);
        RaftMessage heartbeat = FromTwo(RaftMessageKind.Heartbeat) with { Commit = 9 };
        Assert.Throws<InvariantException>(() => node.Step(heartbeat));
    }

    [Fact]
    public void Two_leaders_in_one_term_stop_the_member()
    {
        RaftNode node = StartSoleLeader();
        Assert.Throws<InvariantException>(() => node.Step(FromTwo(RaftMessageKind.Heartbeat)));
    }

    [Fact]
    public void A_message_for_another_member_is_dropped()
    {
        RaftNode node = Start(voters: 3);
        node.Step(FromTwo(RaftMessageKind.Heartbeat) with { To = new NodeId(3) });
        Assert.Equal(0, node.Term);
        Assert.False(node.HasReady);
    }

    [Fact]
    public void Replies_from_strangers_change_nothing()
    {
        RaftNode node = StartSoleLeader();
        Assert.True(node.TryPropose(EntryKind.Batch, default, out long index));
        node.Step(FromTwo(RaftMessageKind.AppendReply) with { Index = index });
        node.Step(FromTwo(RaftMessageKind.HeartbeatReply));
        Assert.True(node.CommitIndex < index);
    }

    [Fact]
    public void A_vote_and_its_reply_are_in_one_ready_and_the_reply_waits_for_the_write()
    {
        RaftNode node = Start(voters: 3);
        node.Step(FromTwo(RaftMessageKind.Vote));
        Ready ready = node.TakeReady();
        Assert.Equal(new HardState(1, Two, 0), ready.HardState);
        Assert.Empty(ready.Messages);
        Assert.False(Assert.Single(ready.MessagesAfterStored).Reject);
    }

    [Fact]
    public void The_own_vote_counts_when_it_is_durable_not_when_an_earlier_ready_is()
    {
        RaftNode node = Start(voters: 2);
        node.Campaign();
        Ready preVote = node.TakeReady();
        node.Step(FromTwo(RaftMessageKind.PreVoteReply));
        Ready vote = node.TakeReady();
        node.Step(FromTwo(RaftMessageKind.VoteReply));

        node.Stored(preVote.Number);
        Assert.Equal(RaftRole.Candidate, node.Role);
        node.Stored(vote.Number);
        Assert.Equal(RaftRole.Leader, node.Role);
    }

    [Fact]
    public void A_commit_index_beyond_an_append_says_nothing_of_what_the_follower_has_there()
    {
        WriteEntries(3);
        RaftNode node = Start(voters: 3, new HardState(1, Two, 1), appliedIndex: 1);
        node.Step(FromTwo(RaftMessageKind.Append) with
        {
            Term = 2,
            Index = 1,
            LogTerm = 1,
            Commit = 3,
            Entries = [new Entry(2, 1, EntryKind.Batch, default)],
        });
        Assert.Equal(2, node.CommitIndex);
        Assert.Equal(3, node.LastIndex);
    }

    [Fact]
    public void A_commit_index_alone_is_not_written()
    {
        RaftNode node = Start(voters: 3);
        Entry entry = new(1, 1, EntryKind.Leader, default);
        node.Step(FromTwo(RaftMessageKind.Append) with { Entries = [entry] });
        node.Stored(node.TakeReady().Number);
        node.Step(FromTwo(RaftMessageKind.Heartbeat) with { Commit = 1 });
        Ready ready = node.TakeReady();
        Assert.Null(ready.HardState);
        Assert.Equal(1, Assert.Single(ready.Committed).Index);
    }

    [Fact]
    public void A_hard_state_whose_entries_a_crash_cut_off_can_be_started_from()
    {
        RaftNode node = Start(voters: 3);
        Entry entry = new(1, 1, EntryKind.Leader, default);
        node.Step(FromTwo(RaftMessageKind.Append) with { Entries = [entry], Commit = 1 });
        HardState first = node.TakeReady().HardState!.Value;
        Assert.Equal(1, node.CommitIndex);

        // The write was cut behind the hard state.
        Assert.Equal(1, Start(voters: 3, first).Term);

        _log.Write([entry]);
        node.Stored(1);
        Entry second = new(2, 1, EntryKind.Batch, default);
        node.Step(FromTwo(RaftMessageKind.Append) with { Index = 1, LogTerm = 1, Entries = [second], Commit = 2 });
        Assert.Equal(1, node.TakeReady().HardState!.Value.Commit);
    }

    [Fact]
    public void Entries_are_applied_when_durable_here_however_long_they_are_committed()
    {
        RaftNode node = Start(voters: 3);
        Entry entry = new(1, 1, EntryKind.Leader, default);
        node.Step(FromTwo(RaftMessageKind.Append) with { Entries = [entry], Commit = 1 });
        Ready first = node.TakeReady();
        Assert.Equal(1, node.CommitIndex);
        Assert.Empty(first.Committed);
        Assert.False(node.HasReady);

        _log.Write(first.Entries);
        node.Stored(first.Number);
        Assert.Equal(entry, Assert.Single(node.TakeReady().Committed));
    }

    [Fact]
    public void The_number_of_waiting_reads_is_limited()
    {
        RaftNode node = StartLeaderOfTwo();
        Assert.True(node.TryReadIndex(1));
        Assert.True(node.TryReadIndex(2));
        Assert.False(node.TryReadIndex(3));
    }

    [Fact]
    public void A_stored_ready_that_was_never_handed_out_is_our_bug()
        => Assert.Throws<InvariantException>(() => Start(voters: 3).Stored(1));

    [Fact]
    public void Only_the_engine_makes_a_leaders_entry()
    {
        RaftNode node = StartSoleLeader();
        Assert.Throws<InvariantException>(() => node.TryPropose(EntryKind.Leader, default, out _));
    }

    [Fact]
    public void A_snapshot_replaces_a_diverging_log_and_brings_its_members()
    {
        WriteEntries(5);
        RaftNode node = Start(voters: 3, new HardState(3, Two, 1), appliedIndex: 1);
        var mark = new SnapshotMark(4, 2, new GroupMembers([One, Two], []));
        Assert.True(node.AcceptsSnapshot(mark));
        Assert.False(node.AcceptsSnapshot(mark with { Term = 1 }));

        _log.Install(mark);
        node.RestoredSnapshot(mark);
        Assert.Equal(4, node.CommitIndex);
        Assert.Equal(4, node.LastIndex);
        Assert.Equal(mark.Members, node.Members);
        Ready ready = node.TakeReady();
        Assert.Equal(new HardState(3, Two, 4), ready.HardState);
        Assert.Empty(ready.Committed);
    }

    [Fact]
    public void A_crash_between_a_snapshot_and_the_hard_state_behind_it_is_survived()
    {
        _log.Install(new SnapshotMark(9, 5, new GroupMembers([One, Two], [])));
        RaftNode node = Start(voters: 2, new HardState(3, Two, 1), appliedIndex: 9);
        Assert.Equal(5, node.Term);
        Assert.Equal(new HardState(5, default, 9), node.TakeReady().HardState);
    }

    [Fact]
    public void A_write_that_was_under_way_when_a_snapshot_came_stores_nothing()
    {
        RaftNode node = Start(voters: 3);
        Entry entry = new(1, 1, EntryKind.Batch, default);
        node.Step(FromTwo(RaftMessageKind.Append) with { Entries = [entry] });
        Ready under = node.TakeReady();
        var mark = new SnapshotMark(9, 1, node.Members);
        _log.Install(mark);
        node.RestoredSnapshot(mark);
        node.Stored(under.Number);
        Assert.Equal(9, node.LastIndex);
        Assert.Empty(node.TakeReady().Committed);
    }

    [Fact]
    public void What_is_stored_and_not_committed_leaves_memory_above_the_limit_and_is_read_back()
    {
        RaftNode node = Start(voters: 3);
        var payload = new byte[400];
        for (int index = 1; index <= 5; index++)
        {
            node.Step(FromTwo(RaftMessageKind.Append) with
            {
                Index = index - 1,
                LogTerm = index > 1 ? 1 : 0,
                Entries = [new Entry(index, 1, EntryKind.Batch, payload)],
            });
            Ready ready = node.TakeReady();
            _log.Write(ready.Entries);
            node.Stored(ready.Number);
        }
        node.Step(FromTwo(RaftMessageKind.Heartbeat) with { Commit = 5 });
        Assert.Equal([1, 2, 3, 4, 5], node.TakeReady().Committed.Select(entry => entry.Index));
    }

    private RaftNode Start(int voters, HardState hardState = default, long appliedIndex = 0)
    {
        var options = new RaftOptions { Self = One, MaxPendingReads = 2, MaxUncommittedBytes = 1000 };
        NodeId[] ids = [.. Enumerable.Range(1, voters).Select(id => new NodeId(id))];
        return new RaftNode(options, hardState, new GroupMembers(ids, []), appliedIndex, _log, _ => 0);
    }

    private RaftNode StartSoleLeader()
    {
        RaftNode node = Start(voters: 1);
        node.Stored(node.TakeReady().Number);
        Assert.Equal(RaftRole.Leader, node.Role);
        return node;
    }

    private RaftNode StartLeaderOfTwo()
    {
        RaftNode node = Start(voters: 2);
        node.Campaign();
        node.Step(FromTwo(RaftMessageKind.PreVoteReply));
        node.Stored(node.TakeReady().Number);
        node.Step(FromTwo(RaftMessageKind.VoteReply));
        Ready ready = node.TakeReady();
        _log.Write(ready.Entries);
        node.Stored(ready.Number);
        node.Step(FromTwo(RaftMessageKind.AppendReply) with { Index = 1 });
        Assert.Equal(1, node.CommitIndex);
        return node;
    }

    private void WriteEntries(int count)
        => _log.Write([.. Enumerable.Range(1, count).Select(i => new Entry(i, 1, EntryKind.Batch, default))]);

    private static RaftMessage FromTwo(RaftMessageKind kind)
        => new() { Kind = kind, From = Two, To = One, Term = 1 };
}
