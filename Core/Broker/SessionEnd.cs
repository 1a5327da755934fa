namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a connection lets go of its session.</summary>
/// <param name="FireWill">Its will is due (after its delay); else it is dropped.</param>
/// <param name="ExpiryMs">As in <see cref="SessionOpening"/>; a session that was opened without expiry gets none by
/// it.</param>
public readonly record struct SessionEnd(bool FireWill, long? ExpiryMs);
