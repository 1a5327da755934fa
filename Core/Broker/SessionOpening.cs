namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Wish for a session.</summary>
/// <param name="Name">Unique in the namespace; 1 to 65,535 bytes of UTF-8.</param>
/// <param name="Clean">What an earlier session of that name left is dropped.</param>
/// <param name="ExpiryMs">How long it lives on after its connection ended, in ms; 0 = not at all, null = for ever.</param>
/// <param name="Will">Published when the connection ends without saying that it should not, also when its node dies or
/// when the session is taken over. Its memory is not copied before the opening is answered.</param>
/// <param name="WillDelayMs">Not before this long after the connection's end, or the session's end if that is sooner;
/// not at all when the session is opened again before (a clean opening ends the session).</param>
public sealed record SessionOpening(string Name, bool Clean, long? ExpiryMs, Publication? Will, long WillDelayMs);
