namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>The outcome of a read.</summary>
/// <param name="Messages">In order of offsets.</param>
/// <param name="NextOffset">Where to go on: behind the last message looked at, also when a tag kept it back; the nearest
/// bound when the offset asked for was outside.</param>
/// <param name="MinOffset">First offset that is still there.</param>
/// <param name="MaxOffset">One above the last offset.</param>
public sealed record PartitionRead(
    IReadOnlyList<PartitionMessage> Messages, long NextOffset, long MinOffset, long MaxOffset);
