namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Entries of a group in a segment that is being emptied, because little of it is still needed.</summary>
/// <param name="Segment">Number of the segment.</param>
/// <param name="First">First index.</param>
/// <param name="Last">Last index.</param>
public readonly record struct SparseRun(long Segment, long First, long Last);
