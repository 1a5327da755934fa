namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A consumer and the messages that may be sent to it now.</summary>
public readonly record struct AnnouncedConsumer(QueueId Queue, ConsumerKey Consumer, long Credit);
