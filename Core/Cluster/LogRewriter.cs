using Cmq.MultiProtocol.Core.Consensus;
using Cmq.MultiProtocol.Core.Groups;
using Cmq.MultiProtocol.Core.Storage;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Moves what a group still needs out of segments that are mostly dead: a small part at a time, found on the group's
/// thread, read and written beside it (docs/decisions/0014).
/// </summary>
/// <param name="group">The group.</param>
/// <param name="store">Where its log is.</param>
/// <param name="services">Of its node.</param>
/// <param name="ended">Called beside the group's thread when a part is done.</param>
internal sealed class LogRewriter(GroupId group, ILogStore store, NodeServices services, Action ended)
{
    /// <summary>References of one part; one entry may have more.</summary>
    private const int MaxReferences = 16_384;

    /// <summary>Bytes written at a time, so that nobody waits long for the store's writer; one entry more at
    /// most.</summary>
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>Bytes of one part, chunks as they are.</summary>
    private const int MaxBytes = 8 * ChunkBytes;

    /// <summary>Of the group's time at most one part in so many goes into looking for what lives.</summary>
    private const int LookFraction = 10;

    private volatile bool _isBusy;
    private long _lookedAt;
    private TimeSpan _rest = TimeSpan.Zero;

    /// <summary>A part is under way: what lives must not be reclaimed meanwhile, and the log not be replaced.</summary>
    public bool IsBusy => _isBusy;

    /// <summary>Completes when nothing of this touches the store any more.</summary>
    public Task Running { get; private set; } = Task.CompletedTask;

    /// <summary>Begins a part if there is one to do. Group thread.</summary>
    public void Step(GroupState state)
    {
        if (_isBusy || services.Time.GetElapsedTime(_lookedAt) < _rest || store.FindSparse(group) is not { } run)
            return;
        long start = services.Time.GetTimestamp();
        LiveSlots live = state.FindLive(run.First, run.Last, MaxReferences);
        _lookedAt = services.Time.GetTimestamp();
        _rest = services.Time.GetElapsedTime(start, _lookedAt) * LookFraction;
        if (live.Unexplained > 0)
            GroupTrace.ReferencesNotFound(services.Log, group, live.Unexplained, run.First, live.Last);
        _isBusy = true;
        Running = Task.Run(() => Move(run, live));
    }

    private void Move(SparseRun run, LiveSlots live)
    {
        try
        {
            (List<Entry> chunk, long chunkBytes, long bytes) = ([], 0, 0);
            (long Index, IReadOnlyList<int>? Slots)[] entries = [.. live.Entries];
            long weight = live.Weight / Math.Max(1, entries.Length);
            foreach ((long index, IReadOnlyList<int>? slots) in entries)
            {
                Entry entry = store.Read(group, index, index, int.MaxValue)[0];
                if (slots is not null)
                    entry = entry with { Payload = BatchTrim.Keep(entry.Payload, slots) };
                chunk.Add(entry);
                chunkBytes += entry.Payload.Length;
                if (chunkBytes < ChunkBytes)
                    continue;
                store.Rewrite(group, run, index, chunk, weight * chunk.Count);
                run = run with { First = index + 1 };
                bytes += chunkBytes;
                (chunk, chunkBytes) = ([], 0);
                if (bytes >= MaxBytes)
                    break;
            }

            if (bytes < MaxBytes && run.First <= live.Last)
                store.Rewrite(group, run, live.Last, chunk, weight * chunk.Count);
            GroupTrace.Rewritten(services.Log, group, bytes + chunkBytes, run.Segment);
            _isBusy = false;
            ended();
        }
        catch (Exception error)
        {
            services.Links.Fail(error);
        }
    }
}
