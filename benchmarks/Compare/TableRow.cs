namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>One measure of one case over all rounds.</summary>
/// <param name="Case">Its name.</param>
/// <param name="Title">What it is.</param>
/// <param name="HoldBackMs">How long every write to disk was held back.</param>
/// <param name="Measure">What was measured.</param>
/// <param name="SideA">The one that is divided.</param>
/// <param name="SideB">The one that it is divided by.</param>
/// <param name="A">Of each round.</param>
/// <param name="B">Of each round.</param>
/// <param name="Ratio">The median of the rounds' ratios.</param>
/// <param name="Wanted">What it should be: at least of speeds, at most of times; empty: nothing is asked.</param>
/// <param name="IsLessBetter">Of times.</param>
public sealed record TableRow(
    string Case,
    string Title,
    double HoldBackMs,
    string Measure,
    string SideA,
    string SideB,
    IReadOnlyList<double> A,
    IReadOnlyList<double> B,
    double Ratio,
    string Wanted,
    bool IsLessBetter);
