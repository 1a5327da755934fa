using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Where a duty's message is to be routed.</summary>
/// <param name="Namespace">Of the topic.</param>
/// <param name="Topic">Name of the topic; unknown ones route nowhere.</param>
/// <param name="Key">The key that it now has.</param>
/// <param name="MoreKeys">Further keys that it now has.</param>
public readonly record struct RouteWish(
    NamespaceId Namespace, string Topic, string Key, IReadOnlyList<string> MoreKeys)
{
    /// <summary>Keys that route and are then forgotten; null = none.</summary>
    public IReadOnlyList<string>? HiddenKeys { get; init; }

    /// <summary>A parked message: the partition it was published to; null = one is chosen, if the topic has any.</summary>
    public QueueId? Partition { get; init; }

    /// <summary>A parked message: chooses the partition by its hash.</summary>
    public string? OrderingKey { get; init; }

    /// <summary>A parked message: as it was published with; null = the hash of the key.</summary>
    public int? TagHash { get; init; }

    /// <summary>A parked message: what it does to the last value of its topic and key.</summary>
    public LastValueChange LastValue { get; init; }
}
