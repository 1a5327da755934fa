using System.Globalization;
using Cmq.MultiProtocol.Core.Consensus;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// Start-up. Every segment begins with the whole state, so the last one that has all of it says what the
/// store holds; sealed segments are known by their trailers, the others are read, checked and sealed in
/// place. A crash at any point in here only repeats it.
/// </summary>
internal sealed class StoreRecovery(string segmentDirectory, Guid storeId, SnapshotFiles snapshots)
{
    private sealed record Found(long Number, string Path, SegmentTrailer? Trailer)
    {
        public RecoveredSegment? Scan { get; set; }

        public long LastSequence => Scan?.LastSequence ?? Trailer!.LastSequence;

        public long FirstSequence => Scan?.FirstSequence ?? Trailer!.FirstSequence;
    }

    /// <summary>Highest number that any file bears, 0 when there is none.</summary>
    public static long HighestNumber(string directory) => Numbers(directory).DefaultIfEmpty(0).Max();

    /// <exception cref="StoreDamageException">Damage, or a segment or snapshot is lost.</exception>
    public RecoveredStore Run()
    {
        List<Found> chain = ReadChain();
        CutUnstarted(chain);
        if (chain.Count == 0)
            return new RecoveredStore(new StoreIndex(), ReconcileSnapshots(new StoreIndex()), 0);

        Found last = chain[^1];
        CheckLinks(chain);
        RecoveredSegment truth = last.Scan!;
        DeleteReleased(chain, truth);
        CheckNoneLost(chain, truth);
        StoreIndex index = truth.State;
        foreach (GroupLog group in index.Groups.Values)
            group.Staged.Clear();
        long startAt = 0;
        foreach (Found found in chain)
        {
            Segment segment = Seal(found);
            segment.StartAt = startAt;
            startAt += segment.DataEnd;
            index.Segments[found.Number] = segment;
        }

        Dictionary<GroupId, SnapshotMark> marks = ReconcileSnapshots(index);
        CheckComplete(index);
        return new RecoveredStore(index, marks, truth.LastSequence);
    }

    private static IEnumerable<long> Numbers(string directory)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*.seg"))
        {
            string name = Path.GetFileNameWithoutExtension(path);
            if (!long.TryParse(name, CultureInfo.InvariantCulture, out long number))
                throw new LogStoreException($"{path} is not a segment's name.");
            yield return number;
        }
    }

    private List<Found> ReadChain()
    {
        List<Found> chain = [];
        foreach (long number in Numbers(segmentDirectory).Order())
        {
            string path = Segment.PathOf(segmentDirectory, number);
            using SafeFileHandle file = File.OpenHandle(path);
            var found = new Found(number, path, SegmentTrailer.TryRead(file, storeId, number));
            if (found.Trailer is null)
            {
                long before = chain.Count == 0 ? 0 : chain[^1].LastSequence;
                found.Scan = SegmentScan.Run(file, storeId, number, before);
            }

            chain.Add(found);
        }

        return chain;
    }

    /// <summary>Removes files at the end whose first frames never became durable: prepared ones, and a torn
    /// one.</summary>
    private void CutUnstarted(List<Found> chain)
    {
        int keep = chain.Count;
        while (keep > 0 && chain[keep - 1].Scan is { StartIsComplete: false })
            keep--;
        foreach (Found cut in chain[keep..])
            File.Delete(cut.Path);
        if (keep < chain.Count)
            DirectorySync.Flush(segmentDirectory);
        chain.RemoveRange(keep, chain.Count - keep);

        foreach (Found found in chain)
        {
            if (found.Scan is { StartIsComplete: false })
                throw new StoreDamageException($"The start of segment {found.Number} is damaged, and later ones follow.");
        }

        if (chain.Count > 0 && chain[^1] is { Scan: null } last)
        {
            using SafeFileHandle file = File.OpenHandle(last.Path);
            last.Scan = SegmentScan.Run(file, storeId, last.Number, 0);
            last.Scan.RequireWhole(last.Trailer!);
        }
    }

    /// <summary>A segment that was read knows which one holds the frame before its own first.</summary>
    private static void CheckLinks(List<Found> chain)
    {
        for (int i = 1; i < chain.Count; i++)
        {
            Found before = chain[i - 1], found = chain[i];
            bool linked = found.Scan is { } scan && scan.Previous == before.Number;
            bool broken = before.LastSequence >= found.FirstSequence
                || (linked && before.LastSequence + 1 != found.FirstSequence);
            // Of an unsealed segment in the middle only the sequence tells whether its end is the true one.
            if (!linked && before.Trailer is null)
                broken |= before.LastSequence + 1 != found.FirstSequence;
            if (broken)
            {
                throw new StoreDamageException(
                    $"Segment {before.Number} ends at frame {before.LastSequence}, but segment {found.Number} begins "
                    + $"with {found.FirstSequence}: frames between them are damaged or lost.");
            }
        }
    }

    private void DeleteReleased(List<Found> chain, RecoveredSegment truth)
    {
        foreach (Found found in chain.Where(f => !truth.Live.Contains(f.Number)))
            File.Delete(found.Path);
        if (chain.RemoveAll(f => !truth.Live.Contains(f.Number)) > 0)
            DirectorySync.Flush(segmentDirectory);
    }

    private static void CheckNoneLost(List<Found> chain, RecoveredSegment truth)
    {
        var present = chain.Select(f => f.Number).ToHashSet();
        foreach (long number in truth.Live)
        {
            if (!present.Contains(number))
                throw new StoreDamageException($"Segment {number} is lost: its file is gone, but it was never released.");
        }
    }

    private Segment Seal(Found found)
    {
        long bytes;
        SegmentTrailer trailer = found.Trailer ?? new SegmentTrailer(
            found.Number, found.FirstSequence, found.LastSequence, found.Scan!.DataEnd, 0, 0, 0);
        if (found.Trailer is null)
        {
            using SafeFileHandle file = File.OpenHandle(found.Path, FileMode.Open, FileAccess.ReadWrite);
            bytes = SegmentTrailer.Seal(file, storeId, trailer, found.Scan!.Map.Encode());
        }
        else
        {
            bytes = new FileInfo(found.Path).Length;
        }

        return new Segment(found.Number, found.Path)
        {
            Sealed = true,
            FirstSequence = trailer.FirstSequence,
            LastSequence = trailer.LastSequence,
            DataEnd = trailer.DataEnd,
            DiskBytes = bytes,
        };
    }

    /// <summary>The newest file of each group counts; one the log knows of must not be missing.</summary>
    private Dictionary<GroupId, SnapshotMark> ReconcileSnapshots(StoreIndex index)
    {
        Dictionary<GroupId, SnapshotMark> marks = [];
        foreach ((GroupId group, long at) in snapshots.List().OrderByDescending(f => f.Index))
        {
            GroupLog log = index.GroupOf(group);
            if (marks.ContainsKey(group) || at < log.SnapshotIndex)
            {
                snapshots.Delete(group, at);
                continue;
            }

            SnapshotHead head = snapshots.ReadHead(group, at);
            bool wasInstalled = log.SnapshotIndex == at && log.SnapshotTerm == head.Mark.Term;
            if (head.Sequence < log.DroppedAt || (head.CountsWhenInstalled && !wasInstalled))
            {
                snapshots.Delete(group, at);
                continue;
            }

            log.TakeSnapshot(at, head.Mark.Term, log.IsReplacedBy(at, head.Mark.Term));
            marks[group] = head.Mark;
        }

        foreach ((GroupId group, GroupLog log) in index.Groups)
        {
            if (log.SnapshotIndex > 0 && !marks.ContainsKey(group))
                throw new StoreDamageException($"The snapshot of group {group} at {log.SnapshotIndex} is lost.");
        }

        return marks;
    }

    private static void CheckComplete(StoreIndex index)
    {
        foreach ((GroupId group, GroupLog log) in index.Groups)
        {
            if (log.LastIndex > log.SnapshotIndex && log.FirstContiguous() > log.SnapshotIndex + 1)
            {
                throw new StoreDamageException(
                    $"Entries of group {group} between its snapshot at {log.SnapshotIndex} and {log.FirstContiguous()} "
                    + "are missing.");
            }
        }
    }
}
