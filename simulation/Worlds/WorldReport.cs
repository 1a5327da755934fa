namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>How a world ended.</summary>
/// <param name="Violation">What was wrong; null = nothing.</param>
/// <param name="TraceHash">Everything that happened, as a number.</param>
/// <param name="VirtualSeconds">How long it lived.</param>
/// <param name="Summary">What there was in it, for readers.</param>
internal sealed record WorldReport(
    ulong Seed, string? Violation, ulong TraceHash, double VirtualSeconds, long Events, string Summary);
