namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What a partition has.</summary>
/// <param name="MinOffset">First offset that is still there.</param>
/// <param name="MaxOffset">One above the last offset.</param>
/// <param name="EarliestMs">Log time of the first message that is there, Unix ms; -1 without one.</param>
/// <param name="LatestMs">Log time of the last one; -1 without one.</param>
public readonly record struct PartitionBounds(long MinOffset, long MaxOffset, long EarliestMs, long LatestMs);
