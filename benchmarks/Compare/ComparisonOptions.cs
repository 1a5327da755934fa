using System.Globalization;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>What to compare.</summary>
public sealed record ComparisonOptions
{
    public const string Usage = """
        compare: runs brokers in turn on this machine and prints a table of ratios. Linux; Debian to install the others.
          --quick             short: 1 round, 3 s each, 30,000 messages to consume; says whether all works, and not much
                              about speed
          --case NAME         only this one; again for more: three-produce, three-consume, three-both, three-latency,
                              three-10k, three-100, one-produce, one-consume, one-both, mqtt-0-1, mqtt-0-100, mqtt-1-1,
                              many-queues, many-queues-20
          --ours DIR          where cmqd is; default: as built here. Twice: two builds of ours against each other, and
                              nobody else
          --rounds N    3     of A B
          --duration S  10    measured, of each run
          --warm-up S   3     before each
          --messages N  300000  that are there when consuming only begins
          --connect KIND one  one: all clients dial the first node, where the queue was declared (where RabbitMQ's
                              leader is); spread: they take turns over the nodes
          --hold-back MS,...  the cases of three nodes and of one again, with every write to disk held back by so long,
                              by strace
          --out DIR           writes report.md and report.json there; default: a new directory under the temporary one
          --work DIR          where data directories are made; default: the temporary one. Its disk is what is measured
        """;

    public IReadOnlyList<string> Cases { get; private init; } = [];
    public IReadOnlyList<string> Ours { get; private init; } = [];
    public int Rounds { get; private init; } = 3;
    public double DurationSeconds { get; private init; } = 10;
    public double WarmUpSeconds { get; private init; } = 3;
    public long Messages { get; private init; } = 300_000;
    public bool IsSpread { get; private init; }
    public IReadOnlyList<double> HoldBackMs { get; private init; } = [];
    public string Out { get; private init; } = "";
    public string Work { get; private init; } = Path.GetTempPath();

    /// <exception cref="FormatException">An unknown option, or a value that cannot be read.</exception>
    public static ComparisonOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new ComparisonOptions();
        for (int i = 0; i < arguments.Count; i++)
        {
            string name = arguments[i];
            options = name switch
            {
                "--quick" => options with { Rounds = 1, DurationSeconds = 3, WarmUpSeconds = 1, Messages = 30_000 },
                _ when i + 1 < arguments.Count => options.With(name, arguments[++i]),
                _ => throw new FormatException($"{name}: unknown, or its value is missing"),
            };
        }

        if (options.Rounds < 1 || options.Messages < 1 || options.Ours.Count > 2)
            throw new FormatException("rounds and messages are at least 1, and builds of ours at most 2");
        string[] names = [.. CompareCase.All(options.Messages).Select(one => one.Name)];
        if (options.Cases.FirstOrDefault(one => !names.Contains(one)) is { } unknown)
            throw new FormatException($"--case {unknown}: none of {string.Join(", ", names)}");
        return options;
    }

    private ComparisonOptions With(string name, string value) => name switch
    {
        "--case" => this with { Cases = [.. Cases, value] },
        "--ours" => this with { Ours = [.. Ours, Path.GetFullPath(value)] },
        "--rounds" => this with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
        "--duration" => this with { DurationSeconds = double.Parse(value, CultureInfo.InvariantCulture) },
        "--warm-up" => this with { WarmUpSeconds = double.Parse(value, CultureInfo.InvariantCulture) },
        "--messages" => this with { Messages = long.Parse(value, CultureInfo.InvariantCulture) },
        "--connect" when value is "one" or "spread" => this with { IsSpread = value is "spread" },
        "--hold-back" => this with
        {
            HoldBackMs = [.. value.Split(',').Select(ms => double.Parse(ms, CultureInfo.InvariantCulture))],
        },
        "--out" => this with { Out = Path.GetFullPath(value) },
        "--work" => this with { Work = Path.GetFullPath(value) },
        _ => throw new FormatException($"{name} {value}: unknown"),
    };
}
