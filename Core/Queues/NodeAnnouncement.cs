namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What a node tells a new leader of a group: the leader's memory died with its predecessor.
/// </summary>
/// <param name="Node">Who.</param>
/// <param name="Consumers">Its attached consumers in the group.</param>
/// <param name="Held">What its connections hold eagerly there, gets included.</param>
public sealed record NodeAnnouncement(
    NodeIncarnation Node,
    IReadOnlyList<AnnouncedConsumer> Consumers,
    IReadOnlyList<AnnouncedHold> Held);
