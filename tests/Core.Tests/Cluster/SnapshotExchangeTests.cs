using System.Buffers;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Cluster;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Cmq.MultiProtocol.Core.Tests.Cluster;

/// <summary>A snapshot on its way: the window, an offer that replaces another, leaders that change in the
/// middle.</summary>
public sealed class SnapshotExchangeTests : IAsyncLifetime
{
    private const int BlockBytes = 100_000;
    private const int BlockCount = 60;

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
        for (int i = 0; i < SnapshotSending.WindowChunks; i++)
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
    public async Task A_new_leader_begins_anew_and_nothing_of_the_former_transfer_is_installed()
    {
        _leader.Offer(_follower);
        for (int i = 0; i < 4; i++)
        {
            await _leader.DeliverNextAsync(_follower);
            await _follower.DeliverNextAsync(_leader);
        }

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
        await _leader.DeliverNextAsync(_follower);

        (NodeId to, PeerMessage answer) = await _follower.Links.NextAsync();
        var reader = new StateReader(answer.Payload);
        Assert.Equal(new NodeId(1), to);
        Assert.Equal((FirstSession, (byte)SnapshotVerdict.Failed), (reader.ReadInt64(), reader.ReadByte()));
        _leader.Hear(_follower, answer);
        Assert.False((await _leader.NextAsync<SnapshotExchange.Ended>()).Ok);
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_leaves_nothing_behind()
    {
        _leader.Offer(_follower);
        for (int i = 0; i < 4; i++)
        {
            await _leader.DeliverNextAsync(_follower);
            await _follower.DeliverNextAsync(_leader);
        }

        _follower.Exchange.PeerDisconnected(new NodeId(1));
        (_, PeerMessage answer) = await _follower.Links.NextAsync();
        var reader = new StateReader(answer.Payload);
        Assert.Equal((FirstSession, (byte)SnapshotVerdict.Failed), (reader.ReadInt64(), reader.ReadByte()));
        _follower.Store.Install(Group, Mark, new ReadOnlySequence<byte>([1]));
        using IBlockSet all = _follower.Store.Blocks(Group).Capture();
        Assert.Empty(all.Names);
    }

    /// <summary>Carries messages both ways until the follower has everything.</summary>
    private static async Task<SnapshotExchange.Offered> TransferAsync(Member leader, Member follower)
    {
        while (true)
        {
            PeerKind kind = await leader.DeliverNextAsync(follower);
            if (kind == PeerKind.SnapshotDone)
                return await follower.NextAsync<SnapshotExchange.Offered>();
            // Of a former transfer a late word may be on its way.
            await follower.DeliverNextAsync(leader);
        }
    }

    /// <summary>Counts how often it was disposed of.</summary>
    private sealed class CountingBlocks(IBlockSet blocks) : IBlockSet
    {
        public int Disposed { get; private set; }

        public IReadOnlyList<BlockName> Names => blocks.Names;

        public byte[] Read(int position) => blocks.Read(position);

        public void Dispose() => Disposed++;
    }

    private sealed class Member
    {
        public static readonly byte[] State = [.. Enumerable.Range(0, 700_000).Select(i => unchecked((byte)i))];

        private readonly Channel<GroupEvent> _events = Channel.CreateUnbounded<GroupEvent>();

        public Member(int id)
        {
            var services = new NodeServices(
                new NodeIncarnation(new NodeId(id), 1), Links = new RecordingLinks(new NodeId(id)), TimeProvider.System,
                NullLogger.Instance, new NodeOptions { DataDirectory = "" });
            Exchange = new SnapshotExchange(Group, Store, services, what => _events.Writer.TryWrite(what));
        }

        public InMemoryLogStore Store { get; } = new(new InMemoryDisk(Guid.Empty));

        public RecordingLinks Links { get; }

        public SnapshotExchange Exchange { get; }

        public CountingBlocks? LastBlocks { get; private set; }

        public void Offer(Member to, int firstBlock = 0)
        {
            if (!Store.TryGetTerm(Group, 7, out _))
            {
                Store.Append(new StoreWrite(
                    Group, null, [.. Enumerable.Range(1, 20).Select(i => new Entry(i, 1, EntryKind.Batch, new byte[1000]))],
                    null));
                for (int i = 0; i < BlockCount; i++)
                    Store.Blocks(Group).Put(NameOf(firstBlock + i), BlockOf(firstBlock + i));
            }

            LastBlocks = new CountingBlocks(Store.Blocks(Group).Capture());
            Exchange.Offer(to.Links.Self, Mark, State, LastBlocks, [3, 7]);
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

        public async Task<T> NextAsync<T>()
            where T : GroupEvent =>
            Assert.IsType<T>(await _events.Reader.ReadAsync().AsTask().WaitAsync(TestNode.Patience));
    }
}
