using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Reads durable entries from any thread, neighbours in one go; never through FASTER.</summary>
internal sealed class EntryReader(StoreIndex index, SegmentReaderCache sealedReaders)
{
    private const int MaxReadBytes = 1 << 20;

    /// <summary>Records between which at most this many bytes lie are read together (a frame's header,
    /// mostly).</summary>
    private const int MaxGapBytes = 512;

    public IReadOnlyList<Entry> Read(GroupId group, long first, long last, int maxBytes)
    {
        List<Entry> entries = [];
        long payloadBytes = 0;
        for (long next = first; next <= last;)
        {
            List<EntryLocation> places = [];
            SegmentReader reader = Locate(group, next, last, places, out long term);
            try
            {
                if (!ReadPlaces(reader, group, next, term, places, entries, maxBytes, ref payloadBytes))
                    return entries;
            }
            finally
            {
                reader.Release();
            }

            next += places.Count;
        }

        return entries;
    }

    /// <summary>Finds entries from <paramref name="first"/> that lie behind each other in one
    /// segment.</summary>
    private SegmentReader Locate(GroupId group, long first, long last, List<EntryLocation> places, out long term)
    {
        while (true)
        {
            EntryRun run;
            Segment segment;
            long end;
            lock (index.Gate)
            {
                run = index.Groups.GetValueOrDefault(group)?.FindRun(first)
                    ?? throw new LogStoreException($"Entry {first} of group {group} is not stored.");
                segment = index.Segments[run.Segment];
                term = run.Term;
                end = Math.Min(run.Last, last);
                if (segment.Reader is { } open)
                {
                    Invariant.Check(open.TryAcquire(), "the reader of an unsealed segment is alive");
                    Collect(open, group, run.Stage, first, end, places);
                    return open;
                }
            }

            SegmentReader reader;
            try
            {
                reader = sealedReaders.Acquire(segment.Number, segment.Path);
            }
            catch (LogStoreException) when (HasMoved(group, first, segment.Number))
            {
                // It was moved elsewhere, and the segment deleted, between the look and the opening.
                continue;
            }

            try
            {
                Collect(reader, group, run.Stage, first, end, places);
                return reader;
            }
            catch (LogStoreException)
            {
                reader.Release();
                throw;
            }
        }
    }

    private bool HasMoved(GroupId group, long entry, long segment)
    {
        lock (index.Gate)
            return index.Groups.GetValueOrDefault(group)?.FindRun(entry) is { } run && run.Segment != segment;
    }

    private static void Collect(
        SegmentReader reader, GroupId group, long stage, long first, long last, List<EntryLocation> places)
    {
        for (long next = first; next <= last; next++)
        {
            if (!reader.Map.TryFind(group, stage, next, out EntryLocation location))
            {
                throw new LogStoreException(
                    $"Entry {next} of group {group} is not stored in segment {reader.Segment}, where it would lie.");
            }

            if (places.Count > 0)
            {
                int end = places[^1].Offset + places[^1].Length;
                bool near = location.Offset >= end && location.Offset - end <= MaxGapBytes;
                if (!near || location.Offset + location.Length - places[0].Offset > MaxReadBytes)
                    return;
            }

            places.Add(location);
        }
    }

    /// <returns><see langword="false"/> when <paramref name="maxBytes"/> is reached.</returns>
    private static bool ReadPlaces(SegmentReader reader, GroupId group, long first, long term,
        List<EntryLocation> places, List<Entry> entries, int maxBytes, ref long payloadBytes)
    {
        // Not more than will be returned: a small limit must not read a megabyte.
        int take = 0;
        bool full = false;
        foreach (EntryLocation place in places)
        {
            int payload = place.Length - EntryRecord.HeaderSize;
            full = entries.Count + take > 0 && payloadBytes + payload > maxBytes;
            if (full)
                break;
            payloadBytes += payload;
            take++;
        }

        if (take == 0)
            return false;
        int start = places[0].Offset;
        byte[] bytes = new byte[places[take - 1].Offset + places[take - 1].Length - start];
        reader.Read(bytes, start);
        for (int i = 0; i < take; i++)
        {
            ReadOnlyMemory<byte> record = bytes.AsMemory(places[i].Offset - start, places[i].Length);
            if (!EntryRecord.TryRead(record, group, first + i, out Entry entry) || entry.Term != term)
            {
                throw new StoreDamageException(
                    $"Entry {first + i} of group {group} in segment {reader.Segment} is damaged.");
            }

            entries.Add(entry);
        }

        return !full;
    }
}
