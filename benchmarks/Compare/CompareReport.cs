using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>What a comparison gave, for people and for programs.</summary>
/// <param name="Conditions">Under what it was made.</param>
/// <param name="Rows">Of the table.</param>
/// <param name="WarmUps">One before each side's runs: no figures are taken from them, but their messages count.</param>
/// <param name="Runs">All others, in the order that they were made.</param>
public sealed record CompareReport(
    Conditions Conditions,
    IReadOnlyList<TableRow> Rows,
    IReadOnlyList<RunResult> WarmUps,
    IReadOnlyList<RunResult> Runs)
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Whether no run lost, doubled, disordered or damaged a message, warm-ups included.</summary>
    public bool IsRight => Verified.All(run => run.Report.Verification.IsRight);

    private IEnumerable<RunResult> Verified => WarmUps.Concat(Runs);

    public string ToJson() => JsonSerializer.Serialize(this, s_json);

    public string ToMarkdown()
    {
        var text = new StringBuilder("# Comparison\n\n");
        AppendConditions(text);
        AppendTable(text);
        AppendVerification(text);
        return text.ToString();
    }

    private void AppendConditions(StringBuilder text)
    {
        DiskCost disk = Conditions.Disk;
        text.Append(CultureInfo.InvariantCulture, $"""
            {Conditions.Started:yyyy-MM-dd HH:mm} UTC. {Conditions.Cores} cores of {Conditions.Processor}, shared by brokers and
            load generator; {Conditions.MemoryMb / 1000.0:F0} GB; {Conditions.System}; load average {Conditions.LoadAverage}
            before. Disk: an O_SYNC write of 4 KiB took {disk.SyncWriteP50Ms} ms (p50) and {disk.SyncWriteP99Ms} ms (p99),
            a write and fsync {disk.FsyncP50Ms} and {disk.FsyncP99Ms} ms.


            """);
        foreach (string line in Conditions.Versions.Concat(Conditions.Settings))
            text.Append(CultureInfo.InvariantCulture, $"- {line}\n");
        text.Append('\n');
    }

    private void AppendTable(StringBuilder text)
    {
        text.Append("""
            The figures are medians, with the lowest and the highest round; the ratio, A divided by B, is the median of the
            rounds' ratios. Wanted: at least this of speeds, at most this of times.

            """);
        foreach (IGrouping<(string, string, double), TableRow> table in
            Rows.GroupBy(row => (row.SideA, row.SideB, row.HoldBackMs)))
        {
            (string a, string b, double heldBack) = table.Key;
            string held = heldBack > 0
                ? string.Create(CultureInfo.InvariantCulture, $", every write to disk held back by {heldBack} ms")
                : "";
            text.Append(CultureInfo.InvariantCulture, $"\n## {a} against {b}{held}\n\n");
            text.Append(CultureInfo.InvariantCulture, $"| case | | A: {a} | B: {b} | A/B | wanted |\n");
            text.Append("| --- | --- | --- | --- | --- | --- |\n");
            string last = "";
            foreach (TableRow row in table)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {(row.Title == last ? "" : row.Title)} | {row.Measure} | ");
                text.Append(CultureInfo.InvariantCulture, $"{Figures(row.A)} | {Figures(row.B)} | **{row.Ratio:0.00}** | ");
                text.Append(CultureInfo.InvariantCulture, $"{Wanted(row)} |\n");
                last = row.Title;
            }
        }
    }

    private void AppendVerification(StringBuilder text)
    {
        double cores = Runs.SelectMany(run => run.Report.Phases)
            .Select(phase => phase.GeneratorCpuSeconds / phase.Seconds).DefaultIfEmpty().Max();
        Verification[] all = [.. Verified.Select(run => run.Report.Verification)];
        text.Append(CultureInfo.InvariantCulture, $"""

            The load generator used at most {cores:F2} cores. Load averages of the runs: {Runs.Min(run => run.LoadAverage)} to
            {Runs.Max(run => run.LoadAverage)}.

            Verification: {(IsRight ? "right" : "WRONG")}: {all.Sum(one => one.Sent):N0} messages in {Runs.Count} runs and
            {WarmUps.Count} warm-ups; confirmed and missing {all.Sum(one => one.Missing):N0}, twice
            {all.Sum(one => one.Twice):N0}, out of order {all.Sum(one => one.OutOfOrder):N0}, damaged {all.Sum(one => one.Damaged):N0}.

            """);
        foreach (RunResult run in Verified.Where(run => !run.Report.Verification.IsRight))
        {
            text.Append(CultureInfo.InvariantCulture,
                $"- WRONG: {run.Case}, round {run.Round}, {run.Side}: {run.Report.Verification} "
                + $"{string.Join("; ", run.Report.Verification.Faults)}\n");
        }
    }

    private static string Wanted(TableRow row) => row.Wanted == ""
        ? ""
        : $"{(row.IsLessBetter ? "at most" : "at least")} {row.Wanted}";

    private static string Figures(IReadOnlyList<double> values)
    {
        string middle = Figure(Median(values));
        return values.Count == 1 ? middle : $"{middle} ({Figure(values.Min())}-{Figure(values.Max())})";
    }

    private static string Figure(double value) =>
        value.ToString(value >= 1000 ? "N0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);

    /// <summary>The middle one, or the mean of the two in the middle.</summary>
    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
