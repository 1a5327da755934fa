using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>One figure of a run.</summary>
/// <param name="Name">With its unit.</param>
/// <param name="Value">Null when the run does not have it.</param>
/// <param name="IsLessBetter">Of times.</param>
/// <param name="AtLeast">What the ratio should be; empty: nothing is asked.</param>
public sealed record Measure(
    string Name, Func<LoadReport, double?> Value, bool IsLessBetter = false, string AtLeast = "")
{
    public static Measure Produced(string atLeast = "") =>
        new("confirmed/s", report => Of(report, PhaseKind.Produce)?.ConfirmedPerSecond, AtLeast: atLeast);

    public static Measure Consumed(string atLeast = "") =>
        new("delivered/s", report => Of(report, PhaseKind.Consume)?.DeliveredPerSecond, AtLeast: atLeast);

    /// <summary>Of what is published and consumed at once, the slower.</summary>
    public static Measure Both(string atLeast = "") => new(
        "through/s",
        report => Of(report, PhaseKind.Both) is { } both ? Math.Min(both.ConfirmedPerSecond, both.DeliveredPerSecond) : null,
        AtLeast: atLeast);

    /// <summary>What all subscribers together got.</summary>
    public static Measure Delivered(string atLeast = "") =>
        new("delivered/s", report => Of(report, PhaseKind.Both)?.DeliveredPerSecond, AtLeast: atLeast);

    public static Measure ConfirmP50(PhaseKind phase, string atMost = "") =>
        new("confirm p50, ms", report => Of(report, phase)?.ConfirmMs?.P50, IsLessBetter: true, atMost);

    public static Measure ConfirmP99(PhaseKind phase, string atMost = "") =>
        new("confirm p99, ms", report => Of(report, phase)?.ConfirmMs?.P99, IsLessBetter: true, atMost);

    public static Measure ConfirmP999(PhaseKind phase) =>
        new("confirm p99.9, ms", report => Of(report, phase)?.ConfirmMs?.P999, IsLessBetter: true);

    public static Measure EndP99(string atMost = "") =>
        new("end to end p99, ms", report => Of(report, PhaseKind.Both)?.EndToEndMs?.P99, IsLessBetter: true, atMost);

    /// <summary>Processor time of the broker.</summary>
    public static Measure Cpu(PhaseKind phase) => new(
        "broker CPU s per million", report => Of(report, phase)?.BrokerCpuSecondsPerMillion, IsLessBetter: true);

    private static PhaseReport? Of(LoadReport report, PhaseKind phase) =>
        report.Phases.FirstOrDefault(one => one.Phase == phase);
}
