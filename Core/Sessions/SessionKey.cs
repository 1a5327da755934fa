namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>One opening of a session.</summary>
/// <param name="Id"><see cref="SessionState.Id"/>.</param>
/// <param name="Epoch">Given by the leader for the opening.</param>
internal readonly record struct SessionKey(long Id, long Epoch);
