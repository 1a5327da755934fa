namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>Chance from a seed (SplitMix64): the same draws on every machine and in every version of the runtime.</summary>
internal sealed class Dice(ulong seed)
{
    private const double UnitOfFraction = 1.0 / (1UL << 53);

    private readonly ulong _seed = seed;
    private readonly HashSet<string> _forks = new(StringComparer.Ordinal);

    private ulong _state = seed;

    public ulong NextBits() => Mix(unchecked(_state += 0x9E3779B97F4A7C15));

    /// <summary>A number in [0, <paramref name="below"/>).</summary>
    public int Next(int below) => (int)(NextBits() % (ulong)below);

    /// <summary>A number in [<paramref name="least"/>, <paramref name="most"/>].</summary>
    public long Between(long least, long most) => least + (long)(NextBits() % (ulong)(most - least + 1));

    public double Fraction() => (NextBits() >> 11) * UnitOfFraction;

    public bool Chance(double probability) => Fraction() < probability;

    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Mostly near <paramref name="mean"/>, now and then much more: the pauses between independent events.</summary>
    public long Exponential(double mean) => (long)(-Math.Log(1 - Fraction()) * mean);

    /// <summary>Another row of chances, by its name alone: neither what was drawn here before, nor which other rows there
    /// are, moves it. So what is new draws from a row of its own, and leaves all that was there as it is.</summary>
    /// <exception cref="InvalidOperationException">There is a row of that name: the two would draw the same.</exception>
    public Dice Fork(string name) => _forks.Add(name)
        ? new Dice(Fingerprint.Of(name, Mix(_seed)))
        : throw new InvalidOperationException($"there are two rows of chances called {name}");

    private static ulong Mix(ulong z)
    {
        unchecked
        {
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }
}
