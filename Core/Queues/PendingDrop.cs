namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A drop that is on its way through the log: what it hides.</summary>
internal sealed record PendingDrop(
    QueueView View, List<SequenceRange> Ranges, long Bytes, PendingPurge? Purge);
