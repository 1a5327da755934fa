using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.Compare;

/// <summary>One run of the load generator.</summary>
/// <param name="Case">Its name.</param>
/// <param name="HoldBackMs">How long every write to disk was held back.</param>
/// <param name="Round">From 1.</param>
/// <param name="Side">Whom it measured.</param>
/// <param name="IsA">Whether that is the first of the two.</param>
/// <param name="LoadAverage">When it began: of the last minute.</param>
/// <param name="Report">What it gave.</param>
public sealed record RunResult(
    string Case, double HoldBackMs, int Round, string Side, bool IsA, double LoadAverage, LoadReport Report);
