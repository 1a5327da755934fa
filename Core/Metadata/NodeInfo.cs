namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>A registered, live node.</summary>
/// <param name="Incarnation">Its present life.</param>
/// <param name="StoreId">The UUID of its store.</param>
/// <param name="ClusterAddress">Where its peers reach it, host:port.</param>
public sealed record NodeInfo(NodeIncarnation Incarnation, Guid StoreId, string ClusterAddress)
{
    /// <summary>Services that one node may advertise, a count.</summary>
    public const int MaxServices = 64;

    /// <summary>What it advertises to clients, in ordinal order of services.</summary>
    public IReadOnlyList<ServiceAddress> Services { get; init; } = [];

    /// <summary>What it advertises for a service; null when nothing.</summary>
    public string? AddressOf(string service) =>
        Services.FirstOrDefault(one => one.Service == service)?.Address;
}
