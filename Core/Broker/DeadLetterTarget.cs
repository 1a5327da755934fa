namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Where dead letters go.</summary>
/// <param name="Topic">Name of a topic in the queue's namespace; it need not exist (then they are dropped).</param>
/// <param name="RoutingKey">Key to use; null keeps the message's own keys.</param>
public sealed record DeadLetterTarget(string Topic, string? RoutingKey);
