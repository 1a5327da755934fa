namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A consumer as its node sees it.</summary>
/// <param name="Granted">Messages ever allowed.</param>
/// <param name="Received">Messages that came.</param>
public readonly record struct AnnouncedConsumer(QueueId Queue, ConsumerKey Consumer, long Granted, long Received);
