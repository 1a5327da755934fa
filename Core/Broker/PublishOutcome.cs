namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a publish ended.</summary>
/// <param name="Reply"><see cref="Reply.Ok"/>: at least one queue has it, on a majority's disks where the queue is
/// durable. <see cref="Reply.Gone"/>: every target was deleted meanwhile (as good as unroutable).
/// <see cref="Reply.Full"/>, <see cref="Reply.TooManyHeld"/>: a queue refused. <see cref="Reply.TimedOut"/>: unknown.</param>
/// <param name="Sequence">The message's offset in its partition, or else its number in the first target queue.</param>
/// <param name="Position">Where it went to a partition, or was parked: its place in the cluster
/// (<see cref="PartitionMessage.Position"/>); else -1.</param>
public readonly record struct PublishOutcome(Reply Reply, long Sequence, long Position = -1);
