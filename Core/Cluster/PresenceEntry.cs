namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A client of another node.</summary>
/// <param name="Card">The adapter's word on it.</param>
/// <param name="Epoch">Which of the node's lists named it last.</param>
internal readonly record struct PresenceEntry(byte[] Card, long Epoch);
