namespace Cmq.MultiProtocol.Interop.Durability.Chaos;

/// <summary>How long and which.</summary>
internal sealed record ChaosOptions
{
    public const string Usage = """
        chaos: three nodes, stock clients, one fault after the other; what was acknowledged must all arrive.
          --rounds N   100   faults, one a round; every kind comes once before any comes again
          --seed S     1     which faults, in which order
          --check N    10    rounds until everything is drained and compared
          --longest S  12    seconds that a fault lasts at most
        """;

    public int Rounds { get; init; } = 100;

    public int Seed { get; init; } = 1;

    /// <summary>Rounds until everything is drained and compared.</summary>
    public int CheckEvery { get; init; } = 10;

    public TimeSpan LongestFault { get; init; } = TimeSpan.FromSeconds(12);

    /// <exception cref="FormatException">An unknown option, or a value that is no number above 0.</exception>
    public static ChaosOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ChaosOptions();
        for (int i = 0; i < arguments.Count; i += 2)
        {
            if (i + 1 == arguments.Count || !int.TryParse(arguments[i + 1], out int value) || value < 1)
                throw new FormatException($"{arguments[i]}: unknown, or its value is no number above 0");
            options = arguments[i] switch
            {
                "--rounds" => options with { Rounds = value },
                "--seed" => options with { Seed = value },
                "--check" => options with { CheckEvery = value },
                "--longest" => options with { LongestFault = TimeSpan.FromSeconds(value) },
                _ => throw new FormatException($"{arguments[i]}: unknown"),
            };
        }

        return options;
    }
}
