namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A parked message.</summary>
/// <param name="Position">Names it.</param>
/// <param name="Owner">As given in <see cref="Parking.Owner"/>.</param>
/// <param name="StoredMs">Log time of the publish, Unix ms.</param>
/// <param name="TimesListed">How often it was given out before.</param>
public sealed record ParkedMessage(
    long Position, string Owner, long StoredMs, int TimesListed, StoredMessage Message);
