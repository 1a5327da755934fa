namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a filter of <see cref="ISubscriptions"/> takes messages.</summary>
/// <param name="ShareGroup">Null: this connection hears every match. Else of all connections in the cluster with this
/// share group, topic and pattern one hears it: in turn, so that each gets about as many.</param>
/// <param name="TransientOnly">Only publications that are not <see cref="Publication.Persistent"/>: the others reach
/// the client through a queue.</param>
public sealed record SubscriptionOptions(string? ShareGroup, bool TransientOnly);
