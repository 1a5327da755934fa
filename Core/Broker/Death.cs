namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>One (queue, reason) in a dead letter's history.</summary>
/// <param name="Queue">Name of the queue it died in.</param>
/// <param name="Count">How often.</param>
/// <param name="TimeMs">Log time of the first time, Unix ms.</param>
/// <param name="Topic">Name of the topic it had been published to before that death.</param>
/// <param name="RoutingKeys">Its keys before that death, the published one first.</param>
/// <param name="TookTtl">It had a time to live of its own, which was taken away at this death.</param>
public sealed record Death(
    string Queue,
    DeathReason Reason,
    long Count,
    long TimeMs,
    string Topic,
    IReadOnlyList<string> RoutingKeys,
    bool TookTtl);
