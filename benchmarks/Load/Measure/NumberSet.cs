using System.Numerics;

namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>A set of numbers from 0 that are nearly all there: one bit each. Thread-safe; no lock but to grow.</summary>
public sealed class NumberSet
{
    private const int ChunkBits = 13;
    private const int ChunkWords = 1 << (ChunkBits - 6);

    private readonly Lock _growing = new();
    private ulong[][] _chunks = [];
    private long _count;

    public long Count => Volatile.Read(ref _count);

    /// <returns><see langword="false"/> when it was there.</returns>
    public bool Add(long number)
    {
        int chunk = checked((int)(number >> ChunkBits));
        ulong[][] chunks = Volatile.Read(ref _chunks);
        if (chunk >= chunks.Length)
            chunks = Grow(chunk);
        ulong bit = 1UL << (int)(number & 63);
        ref ulong word = ref chunks[chunk][(number >> 6) & (ChunkWords - 1)];
        if ((Interlocked.Or(ref word, bit) & bit) != 0)
            return false;
        Interlocked.Increment(ref _count);
        return true;
    }

    /// <summary>How many of these numbers <paramref name="other"/> lacks. Nobody may add meanwhile.</summary>
    public long MissingFrom(NumberSet other)
    {
        long missing = 0;
        for (int chunk = 0; chunk < _chunks.Length; chunk++)
        {
            for (int word = 0; word < ChunkWords; word++)
            {
                ulong there = chunk < other._chunks.Length ? other._chunks[chunk][word] : 0;
                missing += BitOperations.PopCount(_chunks[chunk][word] & ~there);
            }
        }

        return missing;
    }

    private ulong[][] Grow(int chunk)
    {
        lock (_growing)
        {
            if (chunk < _chunks.Length)
                return _chunks;
            var grown = new ulong[Math.Max(chunk + 1, _chunks.Length * 2)][];
            _chunks.CopyTo(grown, 0);
            for (int i = _chunks.Length; i < grown.Length; i++)
                grown[i] = new ulong[ChunkWords];
            Volatile.Write(ref _chunks, grown);
            return grown;
        }
    }
}
