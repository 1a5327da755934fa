namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A connection has a name, by word of the leader that gave it the epoch.</summary>
/// <param name="Connection">Number of the announcing node's connection.</param>
internal readonly record struct SessionClaim(SessionName Name, long Connection, long Epoch);
