namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A topic whose last value a shown message changes.</summary>
/// <param name="Group">Has the last value of the topic and the message's key.</param>
/// <param name="Topic">The topic.</param>
public readonly record struct LastValueTarget(GroupId Group, TopicId Topic);
