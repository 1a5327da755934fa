namespace Cmq.MultiProtocol.Host.Admin;

/// <summary>What health checks ask about.</summary>
/// <param name="IsLive">The process works; false = restart it.</param>
/// <param name="IsReady">Clients are served; false = send them elsewhere.</param>
/// <param name="Status">One word for people: starting, waiting, ready, removed, stopping, failed.</param>
internal readonly record struct NodeState(bool IsLive, bool IsReady, string Status);
