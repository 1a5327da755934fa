using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>One message of a partition, without its body.</summary>
/// <param name="Unit">Where its unit or its overlay is stored.</param>
/// <param name="TimeMs">Log time of the append, Unix ms.</param>
/// <param name="Position">Its place in the cluster (<see cref="Positions"/>).</param>
/// <param name="Tag">Hash of its tag; 0 = it has none.</param>
internal readonly record struct PartitionRow(UnitRef Unit, long TimeMs, long Position, int Tag);
