namespace Cmq.MultiProtocol.Interop.Durability.Workload;

/// <summary>Names one message of a test.</summary>
/// <param name="Stream">One connection of one publisher; order is promised within a stream.</param>
/// <param name="Number">Counts up from 0 in its stream.</param>
internal readonly record struct MessageKey(int Stream, int Number)
{
    public override string ToString() => $"{Stream}:{Number}";
}
