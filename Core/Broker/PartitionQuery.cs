namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A read from a partition.</summary>
/// <param name="Offset">First offset wanted.</param>
/// <param name="MaxMessages">At most so many; 1 or above.</param>
/// <param name="MaxBytes">At most so many bytes of properties and bodies, but at least one message.</param>
/// <param name="TagHashes">Only messages with one of these; null = all.</param>
/// <param name="WaitMs">With nothing to give, wait this long for something; 0 = answer at once.</param>
public sealed record PartitionQuery(
    long Offset, int MaxMessages, int MaxBytes, IReadOnlyList<int>? TagHashes, int WaitMs);
