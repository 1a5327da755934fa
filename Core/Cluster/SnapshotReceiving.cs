using System.Buffers;
using System.Threading.Channels;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// One snapshot that a leader sends: its entries and blocks are staged as they come, each chunk acknowledged when it is
/// stored; the group's thread decides on the whole. A chunk for which the disk has no room waits.
/// </summary>
internal sealed class SnapshotReceiving(
    GroupId group, ILogStore store, SnapshotStaging staging, NodeServices services, NodeId from, long session,
    Action<GroupEvent> post, CancellationToken stop)
{
    /// <summary>A chunk waits for room so long at most. Then the transfer is given up, because it keeps log on the
    /// leader's disk; the next one goes on from here. Less than <see cref="SnapshotExchange.MaxSilence"/>.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan LookForRoomEvery = TimeSpan.FromMilliseconds(100);

    private const int AnswerTries = 50;

    // A sender keeps to its window; one that does not is cut off.
    private readonly Channel<(PeerKind Kind, ReadOnlyMemory<byte> Body)> _chunks =
        Channel.CreateBounded<(PeerKind, ReadOnlyMemory<byte>)>(SnapshotSending.WindowChunks + 1);

    private readonly TaskCompletionSource<bool> _decided = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _isOver;
    private long _next;
    private long _heard = services.Time.GetTimestamp();

    public NodeId From => from;

    public long Session => session;

    /// <summary>Since the last chunk.</summary>
    public TimeSpan Silence => services.Time.GetElapsedTime(Volatile.Read(ref _heard));

    /// <summary>Takes the next chunk. Calls are serialized by the exchange.</summary>
    /// <returns>False: one is missing, or the sender ignores its window.</returns>
    public bool TryTake(PeerKind kind, long number, ReadOnlyMemory<byte> body)
    {
        bool isInPlace = number == _next && kind == PeerKind.SnapshotBegin == (number == 0);
        if (!isInPlace || !_chunks.Writer.TryWrite((kind, body)))
            return false;
        _next++;
        Volatile.Write(ref _heard, services.Time.GetTimestamp());
        return true;
    }

    /// <summary>No chunk follows. A snapshot that is complete already stays offered.</summary>
    public void End()
    {
        _isOver = true;
        _chunks.Writer.TryComplete();
    }

    /// <summary>The group's thread has installed the offered snapshot, or has no use for it.</summary>
    public void Decided(bool installed) => _decided.TrySetResult(installed);

    /// <summary>Works until the snapshot is installed or given up.</summary>
    /// <param name="previous">The one before: two must not stage at once.</param>
    public async Task RunAsync(Task previous)
    {
        await previous.ConfigureAwait(false);
        try
        {
            // Answered last: until then the leader starts no other transfer.
            bool? installed = await ReceiveAsync().ConfigureAwait(false);
            if (installed is { } decided)
                staging.Decided(decided);
            else
                staging.BrokenOff();
            await AnswerAsync(installed is null ? SnapshotVerdict.Failed : SnapshotVerdict.Taken, _next)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The node stops; what is staged is forgotten with it.
            return;
        }
        catch (Exception error)
        {
            services.Links.Fail(error);
        }
    }

    /// <returns>Whether it was installed; null when it did not come whole.</returns>
    private async Task<bool?> ReceiveAsync()
    {
        List<ReadOnlyMemory<byte>> state = [];
        SnapshotOrder? order = null;
        long number = 0;
        await foreach ((PeerKind kind, ReadOnlyMemory<byte> body) in _chunks.Reader.ReadAllAsync(stop)
            .ConfigureAwait(false))
        {
            if (!await WaitForRoomAsync(BytesToWrite(kind, body, state)).ConfigureAwait(false))
                return null;
            switch (kind)
            {
                case PeerKind.SnapshotBegin:
                    SnapshotMark begun = SnapshotChunks.ReadMark(body);
                    long last = staging.Begin(begun.Index);
                    order = new SnapshotOrder(begun, last);
                    await AnswerAsync(SnapshotVerdict.Begun, last).ConfigureAwait(false);
                    break;
                case PeerKind.SnapshotEntries:
                    IReadOnlyList<Entry> entries = SnapshotChunks.ReadEntries(body);
                    if (!order!.Follow(entries))
                        return null;
                    store.Stage(group, entries);
                    break;
                case PeerKind.SnapshotBlocks:
                    IReadOnlyList<Block> blocks = SnapshotChunks.ReadBlocks(body);
                    if (!order!.Follow(blocks))
                        return null;
                    store.StageBlocks(group, blocks);
                    break;
                case PeerKind.SnapshotState:
                    state.Add(body);
                    break;
                default:
                    SnapshotMark mark = SnapshotChunks.ReadMark(body);
                    if (!order!.Ends(mark))
                        return null;
                    post(new SnapshotExchange.Offered(this, mark, Join(state)));
                    return await _decided.Task.WaitAsync(stop).ConfigureAwait(false);
            }

            await AnswerAsync(SnapshotVerdict.Stored, number++).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>The state is written when it is whole.</summary>
    private static long BytesToWrite(PeerKind kind, ReadOnlyMemory<byte> body, List<ReadOnlyMemory<byte>> state) =>
        kind switch
        {
            PeerKind.SnapshotEntries or PeerKind.SnapshotBlocks => body.Length,
            PeerKind.SnapshotDone => state.Sum(part => (long)part.Length),
            _ => 0,
        };

    /// <returns>False: there was none in time, or the sender is gone.</returns>
    private async Task<bool> WaitForRoomAsync(long bytes)
    {
        long start = services.Time.GetTimestamp();
        while (!staging.HasRoom(bytes))
        {
            if (_isOver || services.Time.GetElapsedTime(start) > MaxWait)
                return false;
            await Task.Delay(LookForRoomEvery, services.Time, stop).ConfigureAwait(false);
        }

        return true;
    }

    /// <summary>Not tried for ever: a leader that cannot be reached gives up by itself.</summary>
    private async Task AnswerAsync(SnapshotVerdict verdict, long number)
    {
        PeerMessage answer = SnapshotChunks.Answer(group, session, verdict, number);
        for (int tries = 0; tries < AnswerTries; tries++)
        {
            if (services.Links.SendPeer(from, PeerLane.Control, answer))
                return;
            await Task.Delay(SnapshotChunks.Retry, services.Time, stop).ConfigureAwait(false);
        }
    }

    private static ReadOnlySequence<byte> Join(List<ReadOnlyMemory<byte>> parts)
    {
        SnapshotSegment? first = null, last = null;
        foreach (ReadOnlyMemory<byte> part in parts)
            last = last is null ? first = new SnapshotSegment(part, 0) : last.Append(part);
        return first is null ? ReadOnlySequence<byte>.Empty : new(first, 0, last!, last!.Memory.Length);
    }
}
