namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What one consumer holds of a queue (number 0: what its connection got).</summary>
public sealed record AnnouncedHold(QueueId Queue, ConsumerKey Consumer, IReadOnlyList<SequenceRange> Ranges);
