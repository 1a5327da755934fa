using System.Buffers;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A snapshot on its way: the window, an offer that replaces another, leaders that change in the
/// middle.</summary>
public sealed class SnapshotExchangeTests : IAsyncLifetime
{
    private const int BlockBytes = 100_000;
    private const int BlockCount = 60;

    /// <summary>Each entry makes a chunk of its own.</summary>
    private const int ChunkEntryBytes = 600_000;

    /// <summary>Number of the first transfer of a life.</summary>
    private const long FirstSession = 1_000_001;

    private static readonly GroupId Group = new(1);
    private static readonly GroupMembers Members = new([new NodeId(1), new NodeId(2), new NodeId(3)], []);
    private static readonly SnapshotMark Mark = new(50, 3, Members);

    private readonly Member _leader = new(1), _follower = new(2), _other = new(3);

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (Member member in new[] { _leader, _follower, _other })
            await member.Exchange.DisposeAsync();
    }

    private static BlockName NameOf(int number) => new(new QueueId(7), number * 1024L);

    private static byte[] BlockOf(int number) => [.. Enumerable.Repeat(unchecked((byte)number), BlockBytes)];

    [Fact]
    public async Task Entries_blocks_and_state_arrive_whole_and_count_when_they_are_installed()
    {
        _leader.Offer(_follower);
        SnapshotExchange.Offered offered = await TransferAsync(_leader, _follower);

        Assert.Equal((50, 3), (offered.Mark.Index, offered.Mark.Term));
        Assert.Equal(Member.State, offered.State.ToArray());
        Assert.False(_follower.Store.Blocks(Group).Contains(NameOf(0)));
        _follower.Store.Install(Group, offered.Mark, offered.State);
        for (int i = 0; i < BlockCount; i++)
            Assert.Equal(BlockOf(i), _follower.Store.Blocks(Group).Read(NameOf(i)).ToArray());
        Assert.Equal(1000, _follower.Store.Read(Group, 7, 7, int.MaxValue)[0].Payload.Length);

        offered.Transfer.Decided(installed: true);
        await _follower.DeliverNextAsync(_leader);
        SnapshotExchange.Ended ended = await _leader.NextAsync<SnapshotExchange.Ended>();
        Assert.True(ended.Ok);
        Assert.True(_leader.Exchange.Ends(ended));
        Assert.Null(_leader.Exchange.LowestMark);
    }

    [Fact]
    public async Task No_more_is_under_way_than_the_window_allows()
    {
        _leader.Offer(_follower);
        await _leader.Links.NextAsync();
        // Nothing but its mark before the follower has said what it needs.
        Assert.Equal(1, _leader.Links.Count);
        _leader.Hear(_follower, SnapshotChunks.Answer(Group, FirstSession, SnapshotVerdict.Begun, 0));
        for (int i = 1; i < SnapshotSending.WindowChunks; i++)
            await _leader.Links.NextAsync();
        _leader.Hear(_follower, SnapshotChunks.Answer(Group, FirstSession, SnapshotVerdict.Stored, 0));
        await _leader.Links.NextAsync();

        Assert.Equal(SnapshotSending.WindowChunks + 1, _leader.Links.Count);
        // Said twice it is no further room.
        _leader.Hear(_follower, SnapshotChunks.Answer(Group, FirstSession, SnapshotVerdict.Stored, 0));
        _leader.Hear(_follower, SnapshotChunks.Answer(Group, FirstSession, SnapshotVerdict.Stored, 1));
        await _leader.Links.NextAsync();
        Assert.Equal(SnapshotSending.WindowChunks + 2, _leader.Links.Count);
    }

    [Fact]
    public async Task A_transfer_goes_on_where_the_one_before_broke_off_whoever_leads()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        // The mark and two of the three chunks of entries.
        await CarryAsync(_leader, _follower, chunks: 3);
        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);

        _other.Offer(_follower, entryBytes: ChunkEntryBytes, mark: Mark with { Index = 60 });
        List<PeerKind> sent = [];
        SnapshotExchange.Offered offered = await TransferAsync(_other, _follower, sent);
        Assert.Equal(1, sent.Count(kind => kind == PeerKind.SnapshotEntries));
        _follower.Store.Install(Group, offered.Mark, offered.State);
        foreach (long index in Member.Live)
            Assert.Equal(ChunkEntryBytes, _follower.Store.Read(Group, index, index, int.MaxValue)[0].Payload.Length);
    }

    [Fact]
    public async Task A_transfer_of_an_older_snapshot_begins_anew()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        await CarryAsync(_leader, _follower, chunks: 3);
        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);

        // What was dead to the newer one may live in this one.
        _other.Offer(_follower, entryBytes: ChunkEntryBytes, mark: Mark with { Index = 40 });
        List<PeerKind> sent = [];
        await TransferAsync(_other, _follower, sent);
        Assert.Equal(3, sent.Count(kind => kind == PeerKind.SnapshotEntries));
    }

    [Fact]
    public async Task What_came_of_a_broken_transfer_is_kept_until_the_group_has_passed_it()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        await CarryAsync(_leader, _follower, chunks: 3);
        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);

        _follower.Exchange.Tick(applied: 49);
        // A transfer begins when what the tick began is over: it hears what is there then.
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        while (await _leader.DeliverNextAsync(_follower) != PeerKind.SnapshotBegin)
            continue;
        Assert.Equal(5, await _follower.UntilAnsweredAsync(SnapshotVerdict.Begun));
        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);
        await UntilDroppedAsync(applied: 50);
    }

    /// <summary>The store takes them in order only, and whatever it does not take stops the node.</summary>
    [Fact]
    public async Task A_transfer_whose_chunks_do_not_follow_each_other_is_given_up_and_the_node_goes_on()
    {
        PeerMessage[][] transfers =
        [
            [Entries(1, 5), Entries(2, 4)],
            [Entries(1, 51)],
            [Blocks(1, 7), Blocks(2, 7)],
            [Chunk(PeerKind.SnapshotDone, 1, output => SnapshotChunks.WriteMark(output, Mark with { Index = 60 }))],
        ];
        foreach (PeerMessage[] transfer in transfers)
        {
            _follower.Hear(_leader, Chunk(PeerKind.SnapshotBegin, 0, output => SnapshotChunks.WriteMark(output, Mark)));
            foreach (PeerMessage chunk in transfer)
                _follower.Hear(_leader, chunk);
            await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);
            _follower.Store.DropStaged(Group);
        }

        Assert.Null(_follower.Links.Failure);
    }

    private static PeerMessage Entries(long number, long index) => Chunk(PeerKind.SnapshotEntries, number, output =>
        SnapshotChunks.WriteEntries(output, [new Entry(index, 1, EntryKind.Batch, new byte[10])]));

    private static PeerMessage Blocks(long number, int name) => Chunk(PeerKind.SnapshotBlocks, number, output =>
        SnapshotChunks.WriteBlocks(output, [new Block(NameOf(name), BlockOf(name))]));

    private static PeerMessage Chunk(PeerKind kind, long number, Action<IBufferWriter<byte>> write)
    {
        var output = new ArrayBufferWriter<byte>();
        output.WriteInt64(FirstSession);
        output.WriteInt64(number);
        write(output);
        return new PeerMessage((byte)kind, Group, output.WrittenMemory);
    }

    [Fact]
    public async Task What_came_of_a_broken_transfer_is_forgotten_when_nobody_goes_on()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        await CarryAsync(_leader, _follower, chunks: 3);
        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);

        _follower.Time.Advance(SnapshotStaging.KeptFor + TimeSpan.FromSeconds(1));
        await UntilDroppedAsync(applied: 0);
    }

    private async Task UntilDroppedAsync(long applied)
    {
        using var patience = new CancellationTokenSource(TestNode.Patience);
        while (_follower.Store.ResumeStaged(Group) > 0)
        {
            _follower.Exchange.Tick(applied);
            await Task.Delay(10, patience.Token);
        }
    }

    [Fact]
    public async Task A_chunk_for_which_there_is_no_room_waits_and_is_not_acknowledged()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        await CarryAsync(_leader, _follower, chunks: 2);
        _follower.HasRoom = false;
        await _leader.DeliverNextAsync(_follower);
        await _follower.Log.WaitFor(1022, "Group 1", CancellationToken.None);
        int answered = _follower.Links.Count;
        for (int i = 0; i < 5; i++)
        {
            _follower.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }

        Assert.Equal(answered, _follower.Links.Count);
        Assert.Equal(3, _follower.Store.ResumeStaged(Group));

        _follower.HasRoom = true;
        while (_follower.Links.Count == answered)
        {
            _follower.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }

        await _follower.Log.WaitFor(1023, "Group 1", CancellationToken.None);
        Assert.Equal(5, _follower.Store.ResumeStaged(Group));
    }

    [Fact]
    public async Task A_transfer_that_waits_for_room_for_too_long_is_given_up_and_the_next_goes_on_behind_it()
    {
        _leader.Offer(_follower, entryBytes: ChunkEntryBytes);
        await CarryAsync(_leader, _follower, chunks: 2);
        _follower.HasRoom = false;
        await _leader.DeliverNextAsync(_follower);
        Task failed = _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);
        while (!failed.IsCompleted)
        {
            _follower.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20);
        }

        await failed;
        _follower.HasRoom = true;
        _other.Offer(_follower, entryBytes: ChunkEntryBytes);
        List<PeerKind> sent = [];
        await TransferAsync(_other, _follower, sent);
        Assert.Equal(2, sent.Count(kind => kind == PeerKind.SnapshotEntries));
        Assert.Equal(1, _follower.Log.Count(1022));
    }

    [Fact]
    public async Task A_newer_offer_replaces_the_one_under_way_and_only_its_end_is_reported()
    {
        _leader.Offer(_follower);
        await _leader.Links.NextAsync();
        CountingBlocks first = _leader.LastBlocks!;
        _leader.Offer(_follower);
        SnapshotExchange.Ended superseded = await _leader.NextAsync<SnapshotExchange.Ended>();
        Assert.False(superseded.Ok);
        Assert.False(_leader.Exchange.Ends(superseded));
        superseded.Transfer.Dispose();
        Assert.Equal(1, first.Disposed);

        SnapshotExchange.Offered offered = await TransferAsync(_leader, _follower);
        offered.Transfer.Decided(installed: true);
        await _follower.DeliverNextAsync(_leader);
        SnapshotExchange.Ended ended = await _leader.NextAsync<SnapshotExchange.Ended>();
        Assert.True(ended.Ok && _leader.Exchange.Ends(ended));
    }

    [Fact]
    public async Task A_new_leader_begins_anew_and_no_block_of_the_former_transfer_is_installed()
    {
        _leader.Offer(_follower);
        await CarryAsync(_leader, _follower, chunks: 4);

        // Loses its office in the middle; the next leader has blocks of other names only.
        _leader.Exchange.CancelSending();
        Assert.False((await _leader.NextAsync<SnapshotExchange.Ended>()).Ok);
        _other.Offer(_follower, firstBlock: 1000);
        SnapshotExchange.Offered offered = await TransferAsync(_other, _follower);
        _follower.Store.Install(Group, offered.Mark, offered.State);

        using IBlockSet all = _follower.Store.Blocks(Group).Capture();
        Assert.Equal(
            Enumerable.Range(1000, BlockCount).Select(NameOf), all.Names.OrderBy(name => name.First));
    }

    [Fact]
    public async Task The_middle_of_a_transfer_whose_beginning_is_missing_is_refused()
    {
        _leader.Offer(_follower);
        await _leader.Links.NextAsync();
        _leader.Hear(_follower, SnapshotChunks.Answer(Group, FirstSession, SnapshotVerdict.Begun, 0));
        await _leader.DeliverNextAsync(_follower);

        (NodeId to, PeerMessage answer) = await _follower.Links.NextAsync();
        var reader = new StateReader(answer.Payload);
        Assert.Equal(new NodeId(1), to);
        Assert.Equal((FirstSession, (byte)SnapshotVerdict.Failed), (reader.ReadInt64(), reader.ReadByte()));
        _leader.Hear(_follower, answer);
        Assert.False((await _leader.NextAsync<SnapshotExchange.Ended>()).Ok);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_leaves_no_blocks_behind()
    {
        _leader.Offer(_follower);
        await CarryAsync(_leader, _follower, chunks: 4);

        _follower.Exchange.PeerDisconnected(new NodeId(1));
        await _follower.UntilAnsweredAsync(SnapshotVerdict.Failed);
        _follower.Store.ResumeStaged(Group);
        _follower.Store.Install(Group, Mark, new ReadOnlySequence<byte>([1]));
        using IBlockSet all = _follower.Store.Blocks(Group).Capture();
        Assert.Empty(all.Names);
    }

    /// <summary>Carries messages both ways until the follower has everything.</summary>
    /// <param name="sent">Gets the kinds of what the leader sent.</param>
    private static async Task<SnapshotExchange.Offered> TransferAsync(
        Member leader, Member follower, List<PeerKind>? sent = null)
    {
        while (true)
        {
            PeerKind kind = await leader.DeliverNextAsync(follower);
            sent?.Add(kind);
            if (kind == PeerKind.SnapshotDone)
                return await follower.NextAsync<SnapshotExchange.Offered>();
            await AnswerAsync(leader, follower, kind);
        }
    }

    private static async Task CarryAsync(Member leader, Member follower, int chunks)
    {
        for (int i = 0; i < chunks; i++)
            await AnswerAsync(leader, follower, await leader.DeliverNextAsync(follower));
    }

    /// <summary>To the beginning there are two answers: what is there, and that it is stored.</summary>
    private static async Task AnswerAsync(Member leader, Member follower, PeerKind kind)
    {
        // Of a former transfer a late word may be on its way.
        await follower.DeliverNextAsync(leader);
        if (kind == PeerKind.SnapshotBegin)
            await follower.DeliverNextAsync(leader);
    }

    /// <summary>Counts how often it was disposed of.</summary>
    private sealed class CountingBlocks(IBlockSet blocks) : IBlockSet
    {
        public int Disposed { get; private set; }

        public IReadOnlyList<BlockName> Names => blocks.Names;

        public byte[] Read(int position) => blocks.Read(position);

        public void Dispose() => Disposed++;
    }

    /// <summary>Timers run as ever; what is measured can be longer.</summary>
    private sealed class SkippingTime : TimeProvider
    {
        private long _skipped;

        public void Advance(TimeSpan time) =>
            Interlocked.Add(ref _skipped, (long)(time.TotalSeconds * TimestampFrequency));

        public override long GetTimestamp() => base.GetTimestamp() + Interlocked.Read(ref _skipped);
    }

    private sealed class Member
    {
        public static readonly IReadOnlyList<long> Live = [3, 5, 7];

        public static readonly byte[] State = [.. Enumerable.Range(0, 700_000).Select(i => unchecked((byte)i))];

        private readonly Channel<GroupEvent> _events = Channel.CreateUnbounded<GroupEvent>();

        public Member(int id)
        {
            var services = new NodeServices(
                new NodeIncarnation(new NodeId(id), 1), Links = new RecordingLinks(new NodeId(id)), Time, Log,
                new NodeOptions { DataDirectory = "" })
            {
                HasRoom = _ => HasRoom,
            };
            Exchange = new SnapshotExchange(Group, Store, services, what => _events.Writer.TryWrite(what));
        }

        public InMemoryLogStore Store { get; } = new(new InMemoryDisk(Guid.Empty));

        public RecordingLinks Links { get; }

        public SnapshotExchange Exchange { get; }

        public SkippingTime Time { get; } = new();

        public NodeLog Log { get; } = new();

        public bool HasRoom { get; set; } = true;

        public CountingBlocks? LastBlocks { get; private set; }

        public void Offer(Member to, int firstBlock = 0, int entryBytes = 1000, SnapshotMark? mark = null)
        {
            if (!Store.TryGetTerm(Group, 7, out _))
            {
                Store.Append(new StoreWrite(
                    Group, null, [.. Enumerable.Range(1, 20).Select(i => new Entry(i, 1, EntryKind.Batch, new byte[entryBytes]))],
                    null));
                for (int i = 0; i < BlockCount; i++)
                    Store.Blocks(Group).Put(NameOf(firstBlock + i), BlockOf(firstBlock + i));
            }

            LastBlocks = new CountingBlocks(Store.Blocks(Group).Capture());
            Exchange.Offer(to.Links.Self, mark ?? Mark, State, LastBlocks, Live);
        }

        /// <summary>Hands this member's next message to the other; what is for a third one is lost.</summary>
        public async Task<PeerKind> DeliverNextAsync(Member to)
        {
            (NodeId addressee, PeerMessage message) = await Links.NextAsync();
            while (addressee != to.Links.Self)
                (addressee, message) = await Links.NextAsync();
            to.Hear(this, message);
            return (PeerKind)message.Kind;
        }

        public void Hear(Member from, PeerMessage message) =>
            Exchange.Received(from.Links.Self, (PeerKind)message.Kind, message.Payload);

        /// <summary>Throws away what it says until it says this.</summary>
        /// <returns>The number that it says with that.</returns>
        public async Task<long> UntilAnsweredAsync(SnapshotVerdict expected)
        {
            while (true)
            {
                (_, PeerMessage answer) = await Links.NextAsync();
                var reader = new StateReader(answer.Payload);
                _ = reader.ReadInt64();
                if (reader.ReadByte() == (byte)expected)
                    return reader.ReadInt64();
            }
        }

        public async Task<T> NextAsync<T>()
            where T : GroupEvent =>
            Assert.IsType<T>(await _events.Reader.ReadAsync().AsTask().WaitAsync(TestNode.Patience));
    }
}
