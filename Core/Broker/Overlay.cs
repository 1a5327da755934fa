namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What moving changed about a message, in the core's words; its adapter renders it on delivery.</summary>
/// <param name="Topic">Topic name that it was moved to.</param>
/// <param name="RoutingKey">Key it now has.</param>
/// <param name="MoreKeys">Visible further keys it now has.</param>
/// <param name="Deaths">Latest first; one entry per (queue, reason). The message's own TTL no longer counts.</param>
public sealed record Overlay(
    string Topic,
    string RoutingKey,
    IReadOnlyList<string> MoreKeys,
    IReadOnlyList<Death> Deaths);
