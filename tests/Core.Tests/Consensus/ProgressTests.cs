using Cmq.MultiProtocol.Core.Consensus;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Consensus;

public sealed class ProgressTests
{
    private const int LastIndex = 10;

    private static readonly RaftOptions Options = new()
    {
        Self = new NodeId(1),
        MaxInflightMessages = 2,
        MaxInflightBytes = 1000,
    };

    private readonly Progress _progress = new(new NodeId(2), Options, LastIndex, tick: 0);

    [Fact]
    public void A_probe_goes_out_once_until_it_is_answered()
    {
        Assert.True(WantsAppend());
        _progress.Sent([], commit: 0);
        Assert.False(WantsAppend());
        Assert.True(_progress.Rejected(LastIndex, hint: 4));
        Assert.True(WantsAppend());
        Assert.Equal(5, _progress.Next);
    }

    [Fact]
    public void A_rejection_of_an_earlier_probe_changes_nothing()
    {
        _progress.Sent([], commit: 0);
        Assert.True(_progress.Rejected(LastIndex, hint: 4));
        _progress.Sent([], commit: 0);
        Assert.False(_progress.Rejected(LastIndex, hint: 4));
        Assert.False(_progress.Rejected(2, hint: 1));
        Assert.False(WantsAppend());
        Assert.Equal(5, _progress.Next);
    }

    [Fact]
    public void A_late_rejection_of_what_is_acknowledged_by_now_does_not_stop_the_pipeline()
    {
        _progress.Acknowledged(LastIndex, firstStored: 1);
        Assert.Equal(ProgressState.Replicate, _progress.State);
        Assert.False(_progress.Rejected(LastIndex, hint: 3));
        Assert.Equal(ProgressState.Replicate, _progress.State);
        Assert.Equal(LastIndex + 1, _progress.Next);
    }

    [Fact]
    public void A_full_window_lets_one_empty_append_through_per_heartbeat_reply()
    {
        _progress.Acknowledged(LastIndex, firstStored: 1);
        _progress.Sent([new Entry(11, 1, EntryKind.Batch, default)], commit: 0);
        _progress.Sent([new Entry(12, 1, EntryKind.Batch, default)], commit: 0);
        Assert.False(_progress.WantsAppend(lastIndex: 20, commit: 0));
        Assert.False(_progress.MaySendEntries);

        _progress.HeartbeatReplied(lastIndex: 20);
        Assert.True(_progress.WantsAppend(lastIndex: 20, commit: 0));
        _progress.Sent([], commit: 0);
        Assert.False(_progress.WantsAppend(lastIndex: 20, commit: 0));

        _progress.Acknowledged(11, firstStored: 1);
        Assert.True(_progress.MaySendEntries);
    }

    [Fact]
    public void After_a_snapshot_the_log_goes_on_behind_it_and_after_a_failed_one_where_it_was()
    {
        _progress.Acknowledged(3, firstStored: 1);
        _progress.BecomeSnapshot(8);
        Assert.False(WantsAppend());
        _progress.SnapshotReported(ok: true);
        Assert.Equal(9, _progress.Next);

        _progress.BecomeSnapshot(8);
        _progress.SnapshotReported(ok: false);
        Assert.Equal(4, _progress.Next);
        Assert.False(WantsAppend());
        _progress.HeartbeatReplied(LastIndex);
        Assert.True(WantsAppend());
    }

    [Fact]
    public void A_read_is_not_confirmed_by_a_round_that_began_before_it()
    {
        var reads = new PendingReads(limit: 8);
        Assert.True(reads.TryAdd(1, commit: 5));
        reads.BeginRound();
        ulong before = reads.Round;
        Assert.True(reads.TryAdd(2, commit: 6));

        List<ReadState> confirmed = [];
        reads.ConfirmUpTo(before, confirmed);
        Assert.Equal([new ReadState(1, 5)], confirmed);

        reads.Clear();
        Assert.True(reads.TryAdd(3, commit: 7));
        reads.BeginRound();
        reads.ConfirmUpTo(before, confirmed);
        Assert.Single(confirmed);
        reads.ConfirmUpTo(reads.Round, confirmed);
        Assert.Equal(new ReadState(3, 7), confirmed[^1]);
    }

    private bool WantsAppend() => _progress.WantsAppend(LastIndex, commit: 0);
}
