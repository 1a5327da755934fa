namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A rule that sends what a topic gets to a queue or to another topic. Unique by source, target, key and
/// arguments. Exactly one of the targets is set.</summary>
/// <param name="Arguments">The declarer's own arguments; part of the identity.</param>
public sealed record BindingInfo(
    TopicId Source,
    QueueId? TargetQueue,
    TopicId? TargetTopic,
    string Key,
    HeaderMatch? Match,
    ReadOnlyMemory<byte> Arguments);
