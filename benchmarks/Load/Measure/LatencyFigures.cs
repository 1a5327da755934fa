namespace Cmq.MultiProtocol.Benchmarks.Load.Measure;

/// <summary>What a histogram tells; times in milliseconds.</summary>
/// <param name="Count">Messages that were timed.</param>
/// <param name="Mean">Of all.</param>
/// <param name="P50">Half took at most this.</param>
/// <param name="P99">99 % took at most this.</param>
/// <param name="P999">99.9 % took at most this.</param>
/// <param name="Max">The slowest.</param>
public sealed record LatencyFigures(long Count, double Mean, double P50, double P99, double P999, double Max);
