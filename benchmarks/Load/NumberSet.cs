using System.Numerics;

namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>A set of numbers from 0 that are nearly all there: one bit each. Not safe for several threads.</summary>
public sealed class NumberSet
{
    private ulong[] _words = new ulong[1024];

    public long Count { get; private set; }

    /// <returns><see langword="false"/> when it was there.</returns>
    public bool Add(long number)
    {
        int word = checked((int)(number >> 6));
        if (word >= _words.Length)
            Array.Resize(ref _words, Math.Max(word + 1, _words.Length * 2));
        ulong bit = 1UL << (int)(number & 63);
        if ((_words[word] & bit) != 0)
            return false;
        _words[word] |= bit;
        Count++;
        return true;
    }

    /// <summary>How many of these numbers <paramref name="other"/> lacks.</summary>
    public long MissingFrom(NumberSet other)
    {
        long missing = 0;
        for (int i = 0; i < _words.Length; i++)
            missing += BitOperations.PopCount(_words[i] & ~(i < other._words.Length ? other._words[i] : 0));
        return missing;
    }
}
