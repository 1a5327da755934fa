using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Readers of sealed segments, the most recently used ones kept: memory and descriptors do not
/// follow the disk. Thread-safe; no lock is held while a map is loaded.</summary>
/// <param name="storeId">Part of the checksums.</param>
/// <param name="capacity">Readers kept, a count.</param>
/// <param name="maxMapBytes">Their maps in memory; one reader is kept whatever its map takes.</param>
internal sealed class SegmentReaderCache(Guid storeId, int capacity, long maxMapBytes)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<long, LinkedListNode<SegmentReader>> _bySegment = [];
    private readonly LinkedList<SegmentReader> _byUse = new();
    private long _mapBytes;

    /// <summary>A reader that the caller must <see cref="SegmentReader.Release"/>.</summary>
    /// <exception cref="LogStoreException">The file is gone, or its footer is damaged.</exception>
    public SegmentReader Acquire(long segment, string path)
    {
        if (TryGet(segment) is { } known)
            return known;

        SegmentReader loaded = Load(segment, path);
        if (TryGet(segment) is { } raced)
        {
            loaded.Release();
            return raced;
        }

        Invariant.Check(loaded.TryAcquire(), "a fresh segment reader is alive");
        Insert(loaded);
        return loaded;
    }

    public void Forget(long segment)
    {
        SegmentReader? reader = null;
        lock (_gate)
        {
            if (_bySegment.Remove(segment, out LinkedListNode<SegmentReader>? node))
            {
                _byUse.Remove(node);
                reader = node.Value;
                _mapBytes -= reader.MapBytes;
            }
        }

        reader?.Release();
    }

    public void Clear()
    {
        long[] segments;
        lock (_gate)
            segments = [.. _bySegment.Keys];
        foreach (long segment in segments)
            Forget(segment);
    }

    private SegmentReader? TryGet(long segment)
    {
        lock (_gate)
        {
            if (!_bySegment.TryGetValue(segment, out LinkedListNode<SegmentReader>? node)
                || !node.Value.TryAcquire())
            {
                return null;
            }

            _byUse.Remove(node);
            _byUse.AddFirst(node);
            return node.Value;
        }
    }

    private void Insert(SegmentReader reader)
    {
        List<SegmentReader> evicted = [];
        lock (_gate)
        {
            if (_bySegment.ContainsKey(reader.Segment))
            {
                evicted.Add(reader);
            }
            else
            {
                _bySegment[reader.Segment] = _byUse.AddFirst(reader);
                _mapBytes += reader.MapBytes;
                while (_byUse.Count > capacity || (_mapBytes > maxMapBytes && _byUse.Count > 1))
                {
                    SegmentReader last = _byUse.Last!.Value;
                    _byUse.RemoveLast();
                    _bySegment.Remove(last.Segment);
                    _mapBytes -= last.MapBytes;
                    evicted.Add(last);
                }
            }
        }

        foreach (SegmentReader unused in evicted)
            unused.Release();
    }

    private SegmentReader Load(long segment, string path)
    {
        SafeFileHandle file;
        try
        {
            file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (IOException e)
        {
            throw new LogStoreException($"Segment {segment} cannot be opened.", e);
        }

        try
        {
            SegmentTrailer trailer = SegmentTrailer.TryRead(file, storeId, segment)
                ?? throw new StoreDamageException($"The trailer of sealed segment {segment} is damaged.");
            SegmentMap map = trailer.ReadMap(file, storeId);
            return new SegmentReader(segment, file, map) { MapBytes = map.Bytes };
        }
        catch (Exception)
        {
            file.Dispose();
            throw;
        }
    }
}
