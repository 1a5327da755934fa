using System.Globalization;
using Cmq.MultiProtocol.Benchmarks.Compare.Sides;
using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>Starts A, runs its cases, stops it, does the same with B, and again: only one side runs at any time.</summary>
/// <param name="options">What to compare.</param>
/// <param name="directory">Empty; for data.</param>
/// <param name="cancellation">Ends it, and what it started.</param>
public sealed class CompareRun(ComparisonOptions options, string directory, CancellationToken cancellation)
{
    private const string LoadProgram = "Cmq.MultiProtocol.Benchmarks.Load";

    private readonly Contenders _contenders = new(options);
    private readonly List<RunResult> _warmUps = [];
    private readonly List<RunResult> _runs = [];

    public async Task<CompareReport> RunAsync()
    {
        CompareCase[] cases = [.. CompareCase.All(options.Messages)
            .Where(one => options.Cases.Count == 0 || options.Cases.Contains(one.Name))];
        (Setup Setup, double HoldBackMs)[] groups =
        [
            .. cases.Select(one => (one.Setup, 0.0)).Distinct(),
            .. options.HoldBackMs.SelectMany(ms => cases.Select(one => one.Setup).Distinct()
                .Where(setup => setup is Setup.ThreeNodes or Setup.OneNode).Select(setup => (setup, ms))),
        ];
        await Packages.InstallAsync(
            groups.SelectMany(group => _contenders.Packages(group.Setup, group.HoldBackMs > 0)).Distinct(), cancellation);
        Conditions conditions = await TakeConditionsAsync([.. groups.Select(group => group.Setup).Distinct()]);
        foreach ((Setup setup, double holdBackMs) in groups)
        {
            for (int round = 1; round <= options.Rounds; round++)
            {
                (ISide a, ISide b) = _contenders.Of(setup);
                CompareCase[] own = [.. cases.Where(one => one.Setup == setup)];
                await TurnAsync(a, isA: true, own, setup, holdBackMs, round);
                await TurnAsync(b, isA: false, own, setup, holdBackMs, round);
            }
        }

        return new CompareReport(
            conditions, [.. groups.SelectMany(group => cases.Where(one => one.Setup == group.Setup)
                .SelectMany(one => Rows(one, group.HoldBackMs)))], _warmUps, _runs);
    }

    private Task<Conditions> TakeConditionsAsync(Setup[] setups)
    {
        (Setup Setup, ISide Side)[] all =
        [
            .. setups.SelectMany(setup => new[] { (setup, _contenders.Of(setup).A), (setup, _contenders.Of(setup).B) }),
        ];
        return Conditions.TakeAsync(
            options,
            all.Select(one => one.Side).DistinctBy(side => side.Name),
            all.Select(one => $"{one.Side.Name}, {Words(one.Setup)}: {one.Side.Conditions(one.Setup)}").Distinct(),
            directory, cancellation);
    }

    private static string Words(Setup setup) => setup switch
    {
        Setup.ThreeNodes => "three nodes",
        Setup.Mqtt => "MQTT",
        _ => "one node",
    };

    /// <summary>One side's cases, on brokers that are started for them.</summary>
    private async Task TurnAsync(
        ISide side, bool isA, CompareCase[] cases, Setup setup, double holdBackMs, int round)
    {
        string data = Directory.CreateDirectory(Path.Combine(directory, $"turn{_runs.Count}")).FullName;
        try
        {
            await using RunningBroker broker = await side.StartAsync(setup, data, holdBackMs, cancellation);

            // Its figures do not count: just-in-time compilers have compiled, files have grown. Its messages do.
            RunResult warmUp = await RunAsync("warm-up", $"{Arguments(cases[0], isA)} --phases both");
            _warmUps.Add(warmUp);
            if (!warmUp.Report.Verification.IsRight)
                await SayAsync(warmUp, []);
            foreach (CompareCase one in cases)
            {
                RunResult run = await RunAsync(one.Name, Arguments(one, isA));
                _runs.Add(run);
                await SayAsync(run, one.Measures);
            }

            async Task<RunResult> RunAsync(string name, string arguments)
            {
                double load = Conditions.LoadNow();
                LoadReport report = await LoadAsync(name, arguments, broker);
                return new RunResult(name, holdBackMs, round, side.Name, isA, load, report);
            }
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    private static Task SayAsync(RunResult run, IReadOnlyList<Measure> measures) => Console.Error.WriteLineAsync(
        $"{run.Case}, round {run.Round}, {run.Side}{(run.HoldBackMs > 0 ? $", +{run.HoldBackMs} ms" : "")}: "
        + string.Join(", ", measures.Select(measure =>
            string.Create(CultureInfo.InvariantCulture, $"{measure.Name} {measure.Value(run.Report):0.##}")))
        + (run.Report.Verification.IsRight ? "" : "  WRONG"));

    private string Arguments(CompareCase one, bool isA) =>
        $"{one.Arguments} {(isA || _contenders.AreBothOurs ? one.Ours : one.Theirs)}".Trim();

    private async Task<LoadReport> LoadAsync(string name, string arguments, RunningBroker broker)
    {
        IEnumerable<string> addresses = options.IsSpread ? broker.Addresses : broker.Addresses.Take(1);
        List<string> all =
        [
            .. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            "--address", string.Join(',', addresses),
            "--pids", string.Join(',', broker.Pids),
            "--duration", options.DurationSeconds.ToString(CultureInfo.InvariantCulture),
            "--warm-up", options.WarmUpSeconds.ToString(CultureInfo.InvariantCulture),
            "--prefix", name,
            "--json", Path.Combine(directory, "load.json"),
        ];
        File.Delete(all[^1]);
        await using ChildProcess load =
            ChildProcess.Start(Path.Combine(AppContext.BaseDirectory, LoadProgram), all, directory);
        await load.WaitAsync(cancellation);
        return File.Exists(all[^1])
            ? LoadReport.FromJson(await File.ReadAllTextAsync(all[^1], cancellation))
            : new LoadReport(all, "", [], Verification.Failed(string.Join(' ', load.Lines)));
    }

    private IEnumerable<TableRow> Rows(CompareCase one, double holdBackMs)
    {
        RunResult[] runs = [.. _runs.Where(run => run.Case == one.Name && run.HoldBackMs == holdBackMs)];
        (ISide a, ISide b) = _contenders.Of(one.Setup);
        foreach (Measure measure in one.Measures)
        {
            // A run that ended early has no figures, and then its round does not count; the report names it.
            (double A, double B)[] rounds =
            [
                .. Enumerable.Range(1, options.Rounds)
                    .Select(round => (A: Value(runs, measure, round, isA: true), B: Value(runs, measure, round, isA: false)))
                    .Where(round => round is { A: not null, B: not null })
                    .Select(round => (round.A!.Value, round.B!.Value)),
            ];
            if (rounds.Length == 0)
                continue;
            yield return new TableRow(
                one.Name, one.Title, holdBackMs, measure.Name, a.Name, b.Name, [.. rounds.Select(round => round.A)],
                [.. rounds.Select(round => round.B)],
                Math.Round(CompareReport.Median(rounds.Select(round => round.A / round.B)), 3),
                _contenders.AreBothOurs || holdBackMs > 0 ? "" : measure.AtLeast, measure.IsLessBetter);
        }
    }

    private static double? Value(RunResult[] runs, Measure measure, int round, bool isA) =>
        runs.FirstOrDefault(run => run.IsA == isA && run.Round == round) is { } run ? measure.Value(run.Report) : null;
}
