using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Subscriptions;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A message that another node sends on to this node's listeners.</summary>
/// <param name="IsPlain">For those without share group, by its topics and keys.</param>
/// <param name="Picks">Share groups whose turn is at this node.</param>
/// <param name="Topics">The topics that it visited.</param>
/// <param name="HiddenKeys">Keys that routed it and are not in the message.</param>
/// <param name="Message">The message.</param>
internal sealed record ForwardedMessage(
    bool IsPlain,
    IReadOnlyList<FilterKey> Picks,
    TopicId[] Topics,
    IReadOnlyList<string> HiddenKeys,
    StoredMessage Message);
