namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Figures of one queue in the answers to 202 and 208.</summary>
/// <param name="MinOffset">Or, in 208, the group's offset.</param>
/// <param name="TimestampMs">Store time of the last message, or of the last one consumed; 0 without
/// one.</param>
public readonly record struct QueueStats(RocketMqQueue Queue, long MinOffset, long MaxOffset, long TimestampMs);
