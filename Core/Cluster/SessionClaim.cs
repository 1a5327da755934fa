namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A connection has a name, by word of the leader that gave it the epoch.</summary>
/// <param name="User">Whose the session is.</param>
/// <param name="Connection">Number of the announcing node's connection.</param>
internal readonly record struct SessionClaim(SessionName Name, string User, long Connection, long Epoch);
