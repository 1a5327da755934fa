using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A replicated group on this node: drives the Raft engine over the node's store and the peers.</summary>
internal sealed class RaftGroupHost : GroupHost
{
    private readonly ILogStore _store;
    private readonly IGroupBlocks _blocks;
    private readonly GroupLog _log;
    private readonly RaftNode _raft;
    private readonly Queue<Ready> _storing = [];
    private readonly SnapshotPolicy _snapshots;
    private readonly SnapshotExchange _exchange;
    private readonly LogRewriter _rewriter;
    private SnapshotExchange.Offered? _offered;
    private Task _saving = Task.CompletedTask;
    private readonly CatchUpRounds _rounds;
    private volatile GroupMembers _members;
    private volatile IReadOnlyList<MemberProgress> _progress = [];
    private bool _isSaving;

    public RaftGroupHost(
        GroupState state, GroupRole role, NodeServices services, ILogStore store, GroupMembers members)
        : base(state, role, services)
    {
        _store = store;
        _blocks = store.Blocks(state.Group);
        _log = new GroupLog(state.Group, store, services.Options.EntryCacheBytes);
        _snapshots = new SnapshotPolicy(
            services.Options.SnapshotLogBytes, services.Options.KeptLogBytes, 1L << services.Options.SegmentBits);
        _rewriter = new LogRewriter(
            state.Group, store, services, () => Post(new GroupEvent.Run(ReclaimMore)));
        _exchange = new SnapshotExchange(state.Group, store, services, Post);
        HardState hardState = default;
        if (store.Recovered.TryGetValue(state.Group, out RecoveredGroup? recovered))
            hardState = recovered.HardState;
        if (store.TryReadSnapshot(state.Group, out SnapshotMark? mark, out ReadOnlySequence<byte> bytes))
        {
            state.ReadState(bytes);
            Invariant.Check(state.AppliedIndex == mark!.Index, "a snapshot's state stands where its mark says");
            members = mark.Members;
            // Before the log goes on: a group that has nothing more to say must not keep what it needs no more.
            store.Reclaim(state.Group, state.Machine.LiveIndexes(), wholeFrom: _log.FirstIndex);
        }

        var options = new RaftOptions { Self = services.Self, Store = store.StoreId };
        _rounds = new CatchUpRounds(options.ElectionTicks);
        _raft = new RaftNode(options, hardState, members, state.AppliedIndex, _log, services.NextRandom);
        _members = _raft.Members;
    }

    /// <summary>For checks from outside. Group thread.</summary>
    internal RaftNode Raft => _raft;

    /// <summary>For checks from outside. Group thread.</summary>
    internal GroupState Replica => State;

    public override IUnitReader Units => _log;

    public override GroupStatus Status => base.Status with { Members = _members, Progress = _progress };

    public override LaneSource LaneSourceTo(GroupId target, int epoch) =>
        new(LaneSourceKind.Group, Group.Value, target.IsLocal ? epoch : 0);

    protected override bool CanBeActive =>
        _raft.Role == RaftRole.Leader && State.AppliedTerm == _raft.Term;

    protected override NodeId KnownLeader => _raft.Leader;

    protected override bool CanBeDeposed => true;

    public override long Term => _raft.Term;

    protected override bool TryAppend(Memory<byte> batch) => _raft.TryPropose(EntryKind.Batch, batch, out _);

    protected override bool TryBeginRound(ulong round) => _raft.TryReadIndex(round);

    protected override void Tick()
    {
        _raft.Tick();
        _exchange.Tick(State.AppliedIndex);
        FollowDirectory();
        if (_raft.Role != RaftRole.Leader)
            _exchange.CancelSending();
        ReclaimMore();
    }

    /// <summary>Does the next thing that gives space back, one at a time: what lives must not change its place, or go,
    /// under another.</summary>
    private void ReclaimMore()
    {
        if (_isSaving || _offered is not null || _rewriter.IsBusy)
            return;
        bool keepsOld = KeepsOldSegments();
        if (_snapshots.IsDue(Services.Time, keepsOld, _store.IsShort))
            SaveSnapshot();
        else if (keepsOld)
            Saved(_log.Snapshot!, FirstKept(State.AppliedIndex), State.Machine.LiveIndexes());
        // What a follower is being sent must not die under the sender's hands more often than it does anyway.
        else if (_exchange.LowestMark is null)
            _rewriter.Step(State);
    }

    /// <summary>Entries that are kept as a log, and need not be, lie behind much that other groups wrote since.</summary>
    private bool KeepsOldSegments() =>
        (_log.Snapshot is not null || !_snapshots.IsIdle)
        && _store.FirstWithin(Group, _snapshots.KeptBytes(_store.IsShort)) > _log.FirstIndex
        && FirstKept(State.AppliedIndex) > _log.FirstIndex;

    protected override void HandleOwn(GroupEvent what)
    {
        switch (what)
        {
            case GroupEvent.Raft raft:
                _raft.Step(raft.Message);
                break;
            case GroupEvent.Stored:
                Stored();
                break;
            case GroupEvent.PeerConnected:
                break;
            case GroupEvent.PeerDisconnected lost:
                Clock.Lost(lost.Peer);
                _raft.PeerDisconnected(lost.Peer);
                _raft.ReportUnreachable(lost.Peer);
                _exchange.PeerDisconnected(lost.Peer);
                break;
            case GroupEvent.HandOver handOver:
                _raft.TransferLeadership(handOver.Heir);
                break;
            case SnapshotExchange.Offered offered:
                Invariant.Check(_offered is null, "one snapshot at a time is received");
                _offered = offered;
                break;
            case SnapshotExchange.Ended ended:
                if (_exchange.Ends(ended))
                    _raft.ReportSnapshot(ended.Transfer.Peer, ended.Ok);
                ended.Transfer.Dispose();
                break;
            default:
                throw new InvariantException($"a group cannot handle {what.GetType().Name}");
        }
    }

    /// <summary>A message of a snapshot transfer. Transport threads.</summary>
    public void ReceiveSnapshot(NodeId from, PeerKind kind, ReadOnlyMemory<byte> payload) =>
        _exchange.Received(from, kind, payload);

    protected override void Work()
    {
        if (!TakeOffer())
            return;
        while (_raft.HasReady)
        {
            Ready ready = _raft.TakeReady();
            Send(ready.Messages);
            if (ready.HardState is not null || ready.Entries.Count > 0)
            {
                _storing.Enqueue(ready);
                _store.Append(new StoreWrite(
                    Group, ready.HardState, ready.Entries, () => Post(GroupEvent.Stored.Instance)));
            }
            else if (_storing.Count > 0)
            {
                _storing.Enqueue(ready);
            }
            else
            {
                Complete(ready);
            }

            foreach (Entry entry in ready.Committed)
            {
                Apply(entry);
                _snapshots.Applied(
                    entry.Payload.Length,
                    entry.Kind == EntryKind.Batch ? BatchHeader.Read(entry.Payload.Span).Count : 0);
            }

            // Whatever its index: nobody was told of an entry before a leader applied it (decision 0018).
            foreach (ReadState read in ready.ReadStates)
                Confirmed(read.Context);
            foreach (NodeId peer in ready.NeedSnapshot)
                OfferSnapshot(peer);
            NoteMembers();
        }
    }

    private void NoteMembers()
    {
        if (ReferenceEquals(_members, _raft.Members))
            return;
        _members = _raft.Members;
        GroupTrace.MembersChanged(
            Services.Log,
            Group,
            string.Join(", ", _members.Voters),
            string.Join(", ", _members.Outgoing),
            string.Join(", ", _members.Learners));
    }

    /// <summary>Whoever leads brings the group's members to what the directory says, a step at a time.</summary>
    private void FollowDirectory()
    {
        _progress = _raft.ListProgress();
        if (!CanBeActive || Services.Directory() is not { } directory)
        {
            _rounds.Clear();
            return;
        }

        _rounds.Tick(_progress, _raft.LastIndex);
        GroupMembers? next = MembershipPlan.Next(
            _raft.Members,
            directory.Members,
            directory.MembersAt,
            node => Services.MayLeave(Group, node),
            _rounds.IsCaughtUp);
        // One that is refused is made again, from what the group has come to by then.
        if (next is not null)
            _raft.TryProposeMembers(next, out _);
        else if (MembershipPlan.HeirOf(
            _raft.Members, directory.Members, directory.MembersAt, new Replica(Services.Self, _store.StoreId), _progress)
            is { } heir)
            _raft.TransferLeadership(heir);
    }

    /// <summary>The store outlives a snapshot that is being sent, received or written, and entries that move.</summary>
    protected override async ValueTask StoppedAsync()
    {
        await _exchange.DisposeAsync().ConfigureAwait(false);
        await Task.WhenAll(_saving, _rewriter.Running).ConfigureAwait(false);
    }

    private void Stored()
    {
        Complete(_storing.Dequeue());
        while (_storing.TryPeek(out Ready? next) && next.HardState is null && next.Entries.Count == 0)
            Complete(_storing.Dequeue());
    }

    private void Complete(Ready ready)
    {
        if (ready.Entries.Count > 0)
            _log.Stored(ready.Entries);
        _raft.Stored(ready.Number);
        Send(ready.MessagesAfterStored);
    }

    private void Send(IReadOnlyList<RaftMessage> messages)
    {
        foreach (RaftMessage message in messages)
        {
            var output = new SizedBuffer(sizeof(long) + RaftMessageCodec.SizeOf(message));
            output.WriteInt64(Clock.WallMs);
            RaftMessageCodec.Write(output, message);
            // Appends keep their order among themselves; everything else is urgent.
            PeerLane lane = message.Kind == RaftMessageKind.Append ? PeerLane.Data : PeerLane.Control;
            var packet = new PeerMessage((byte)PeerKind.Raft, Group, output.Written);
            if (!Links.SendPeer(message.To, lane, packet) && message.Kind == RaftMessageKind.Append)
                _raft.ReportUnreachable(message.To);
        }
    }

    private void SaveSnapshot()
    {
        long index = State.AppliedIndex;
        var mark = new SnapshotMark(index, State.AppliedTerm, _raft.Members);
        var output = new ArrayBufferWriter<byte>(4096);
        State.WriteState(output);
        IBlockSet blocks = _blocks.Capture();
        long firstKept = FirstKept(index);
        IReadOnlyList<long> live = State.Machine.LiveIndexes();
        _snapshots.Started(Services.Time, output.WrittenCount);
        _isSaving = true;
        _saving = Task.Run(() =>
        {
            try
            {
                using (blocks)
                    _store.SaveSnapshot(Group, mark, new ReadOnlySequence<byte>(output.WrittenMemory), blocks);
                GroupTrace.Snapshot(Services.Log, Group, index, output.WrittenCount);
                // On the group's thread first, so that nobody reads through the log what is about to go.
                Post(new GroupEvent.Run(() => Saved(mark, firstKept, live)));
            }
            catch (Exception error)
            {
                Links.Fail(error);
            }
        });
    }

    private void Saved(SnapshotMark mark, long firstKept, IReadOnlyList<long> live)
    {
        _isSaving = false;
        // A leader's snapshot may have replaced everything meanwhile, and with it what is live.
        if (_log.Snapshot is { } newer && newer.Index > mark.Index)
            return;
        _log.Compacted(mark, firstKept);
        _store.Reclaim(Group, live, wholeFrom: _log.FirstIndex);
    }

    /// <summary>Entries below a snapshot stay for followers that are a little behind: a number of them, but not below
    /// the snapshot before, so that they never take more than the log between two, nor far back in the log of all groups,
    /// where they would keep what is not theirs; and all for a follower that will go on behind the snapshot it is being
    /// sent.</summary>
    private long FirstKept(long snapshot)
    {
        long first = Math.Max(snapshot - Services.Options.KeptBelowSnapshot, _log.Snapshot?.Index ?? 0);
        // Half of it: or the next segment would already make another snapshot due.
        long near = _store.FirstWithin(Group, _snapshots.KeptBytes(_store.IsShort) / 2);
        first = Math.Max(first, Math.Min(near, snapshot + 1));
        return Math.Max(1, Math.Min(first, _exchange.LowestMark ?? long.MaxValue));
    }

    private void OfferSnapshot(NodeId peer)
    {
        var mark = new SnapshotMark(State.AppliedIndex, State.AppliedTerm, _raft.Members);
        var output = new ArrayBufferWriter<byte>(4096);
        State.WriteState(output);
        _exchange.Offer(peer, mark, output.WrittenMemory, _blocks.Capture(), State.Machine.LiveIndexes());
    }

    /// <summary>Installs a snapshot that was received, when it may be: no write of the group is under way.</summary>
    /// <returns>False: writes are, and nothing new may be written before.</returns>
    private bool TakeOffer()
    {
        if (_offered is not { } offered)
            return true;
        bool accepts = _raft.AcceptsSnapshot(offered.Mark);
        if (accepts && (_isSaving || _rewriter.IsBusy))
            return true;
        if (accepts && _storing.Count > 0)
            return false;
        if (accepts)
            Install(offered.Mark, offered.State);
        _offered = null;
        offered.Transfer.Decided(installed: accepts);
        return true;
    }

    private void Install(SnapshotMark mark, ReadOnlySequence<byte> state)
    {
        _store.Install(Group, mark, state);
        State.ReadState(state);
        Invariant.Check(State.AppliedIndex == mark.Index, "a snapshot's state stands where its mark says");
        _log.Replaced(mark);
        _raft.RestoredSnapshot(mark);
        // Of what was staged before a transfer broke some may be dead, and whatever is live may move from now on.
        _store.Reclaim(Group, State.Machine.LiveIndexes(), wholeFrom: _log.FirstIndex);
        _snapshots.Started(Services.Time, state.Length);
        GroupTrace.Installed(Services.Log, Group, mark.Index, state.Length);
        Services.Watch?.Installed(State);
        Role.Applied(State.TimestampMs);
    }
}
