namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>A subscription of a queue to a topic with its attributes (spec section 4.4).</summary>
/// <param name="Endpoint">Name of the queue.</param>
/// <param name="NotifyStrategy">Kept and shown; it means nothing to a queue.</param>
/// <param name="FilterTags">For topics that filter by tags; none = everything.</param>
/// <param name="BindingKeys">For topics that filter by binding keys.</param>
/// <param name="CreatedMs">Clock of the node that made it, Unix ms.</param>
/// <param name="ChangedMs">Of the last change; grows with each, so that the latest can be told.</param>
public sealed record Subscription(
    string Name,
    string Endpoint,
    NotifyStrategy NotifyStrategy,
    IReadOnlyList<string> FilterTags,
    IReadOnlyList<string> BindingKeys,
    long CreatedMs,
    long ChangedMs);
