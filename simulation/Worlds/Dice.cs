namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>Chance from a seed (SplitMix64): the same draws on every machine and in every version of the runtime.</summary>
internal sealed class Dice(ulong seed)
{
    private const double UnitOfFraction = 1.0 / (1UL << 53);

    private ulong _state = seed;

    public ulong NextBits()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>A number in [0, <paramref name="below"/>).</summary>
    public int Next(int below) => (int)(NextBits() % (ulong)below);

    /// <summary>A number in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public long Between(long least, long most) => least + (long)(NextBits() % (ulong)(most - least + 1));

    public double Fraction() => (NextBits() >> 11) * UnitOfFraction;

    public bool Chance(double probability) => Fraction() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Mostly near <paramref name="mean"/>, now and then much more: the pauses between independent events.</summary>
    public long Exponential(double mean) => (long)(-Math.Log(1 - Fraction()) * mean);

    /// <summary>Another row of chances; what one part of the world draws does not move what another one does.</summary>
    public Dice Fork(string name) => new(Fingerprint.Of(name, NextBits()));
}
