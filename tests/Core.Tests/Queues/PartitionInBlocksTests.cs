namespace Cmq.MultiProtocol.Core.Tests.Queues;

/// <summary>The same, with rows that leave the memory as soon as their block is full.</summary>
public sealed class PartitionInBlocksTests() : PartitionTests(rowCacheBytes: 0);
