using System.Buffers;
using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// One snapshot on its way to one follower: its mark, to which the follower says what it has; live entries above that,
/// the blocks that the state names, the state, the mark, in numbered chunks of which only a few may be unacknowledged.
/// Reads the store and waits beside the group's thread.
/// </summary>
internal sealed class SnapshotSending(
    GroupId group, ILogStore store, NodeServices services, NodeId peer, long session, CancellationToken stop)
    : IDisposable
{
    /// <summary>Chunks that a follower has not acknowledged, at most; each is stored there when it is.</summary>
    public const int WindowChunks = 8;

    /// <summary>A chunk is closed when it has this many bytes, so it exceeds them by one entry at most.</summary>
    private const int ChunkBytes = 512 * 1024;

    private readonly CancellationTokenSource _cancel = CancellationTokenSource.CreateLinkedTokenSource(stop);
    private readonly SemaphoreSlim _window = new(WindowChunks);
    private readonly TaskCompletionSource<bool> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<long> _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _heard = services.Time.GetTimestamp();
    private long _sent;
    private long _acknowledged;

    public NodeId Peer => peer;

    public long Session => session;

    /// <summary>Index of the snapshot: the follower goes on with the entry above it.</summary>
    public required SnapshotMark Mark { get; init; }

    public required ReadOnlyMemory<byte> State { get; init; }

    /// <summary>Indexes of the entries that the state refers to, ascending.</summary>
    public required IReadOnlyList<long> Live { get; init; }

    /// <summary>The blocks that the state names; disposed of with the transfer.</summary>
    public required IBlockSet Blocks { get; init; }

    /// <summary>Since the follower last said something, or since the start.</summary>
    public TimeSpan Silence => services.Time.GetElapsedTime(Volatile.Read(ref _heard));

    public void Cancel() => _cancel.Cancel();

    /// <summary>The follower has stored all chunks up to this one. Calls are serialized by the exchange.</summary>
    public void Acknowledged(long chunk)
    {
        int news = (int)(Math.Min(chunk + 1, Volatile.Read(ref _sent)) - _acknowledged);
        if (news <= 0)
            return;
        _acknowledged += news;
        Volatile.Write(ref _heard, services.Time.GetTimestamp());
        _window.Release(news);
    }

    /// <summary>The follower has heard of the snapshot, and has what lives up to an index. Calls are serialized by the
    /// exchange.</summary>
    public void Begun(long upTo) => _begun.TrySetResult(upTo);

    /// <summary>The follower's last word.</summary>
    public void Answered(bool ok) => _answer.TrySetResult(ok);

    /// <returns>Whether the follower now has everything up to the mark.</returns>
    public async Task<bool> RunAsync()
    {
        try
        {
            await SendAsync(PeerKind.SnapshotBegin, output => SnapshotChunks.WriteMark(output, Mark))
                .ConfigureAwait(false);
            await Task.WhenAny(_begun.Task, _answer.Task).WaitAsync(_cancel.Token).ConfigureAwait(false);
            if (!_begun.Task.IsCompleted)
                return await _answer.Task.ConfigureAwait(false);
            await SendEntriesAsync(above: await _begun.Task.ConfigureAwait(false)).ConfigureAwait(false);
            await SendBlocksAsync().ConfigureAwait(false);
            for (int at = 0; at < State.Length; at += ChunkBytes)
            {
                ReadOnlyMemory<byte> part = State.Slice(at, Math.Min(ChunkBytes, State.Length - at));
                await SendAsync(PeerKind.SnapshotState, output => output.Write(part.Span)).ConfigureAwait(false);
            }

            await SendAsync(PeerKind.SnapshotDone, output => SnapshotChunks.WriteMark(output, Mark))
                .ConfigureAwait(false);
            return await _answer.Task.WaitAsync(_cancel.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_cancel.IsCancellationRequested)
        {
            return false;
        }
        catch (LogStoreException error) when (error is not StoreDamageException)
        {
            // An entry may just have died and its segment gone: the next offer has a fresh list.
            GroupTrace.SnapshotNotSent(services.Log, group, peer, error);
            return false;
        }
    }

    public void Dispose()
    {
        _cancel.Dispose();
        _window.Dispose();
        Blocks.Dispose();
    }

    private async Task SendEntriesAsync(long above)
    {
        List<Entry> chunk = [];
        long bytes = 0;
        foreach (long index in Live)
        {
            if (index <= above)
                continue;
            Entry entry = store.Read(group, index, index, int.MaxValue)[0];
            chunk.Add(entry);
            bytes += entry.Payload.Length;
            if (bytes < ChunkBytes)
                continue;
            await SendAsync(chunk).ConfigureAwait(false);
            (chunk, bytes) = ([], 0);
        }

        if (chunk.Count > 0)
            await SendAsync(chunk).ConfigureAwait(false);
    }

    private Task SendAsync(List<Entry> entries) =>
        SendAsync(PeerKind.SnapshotEntries, output => SnapshotChunks.WriteEntries(output, entries));

    private async Task SendBlocksAsync()
    {
        List<Block> chunk = [];
        long bytes = 0;
        for (int i = 0; i < Blocks.Names.Count; i++)
        {
            chunk.Add(new Block(Blocks.Names[i], Blocks.Read(i)));
            bytes += chunk[^1].Bytes.Length;
            if (bytes < ChunkBytes && i < Blocks.Names.Count - 1)
                continue;
            List<Block> blocks = chunk;
            await SendAsync(PeerKind.SnapshotBlocks, output => SnapshotChunks.WriteBlocks(output, blocks))
                .ConfigureAwait(false);
            (chunk, bytes) = ([], 0);
        }
    }

    private async Task SendAsync(PeerKind kind, Action<IBufferWriter<byte>> write)
    {
        // A follower that refuses says so at any time; then there is no use in going on.
        Task room = _window.WaitAsync(_cancel.Token);
        if (await Task.WhenAny(room, _answer.Task).ConfigureAwait(false) != room && !room.IsCompleted)
            await _cancel.CancelAsync().ConfigureAwait(false);
        await room.ConfigureAwait(false);

        var output = new ArrayBufferWriter<byte>(ChunkBytes / 8);
        output.WriteInt64(session);
        output.WriteInt64(Interlocked.Increment(ref _sent) - 1);
        write(output);
        var message = new PeerMessage((byte)kind, group, output.WrittenMemory);
        await SnapshotChunks.SendAsync(services, peer, message, _cancel.Token).ConfigureAwait(false);
    }
}
