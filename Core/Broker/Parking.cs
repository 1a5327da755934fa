namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A wish to park a publication (<see cref="IParkedMessages"/>); <see cref="Publication.DelayMs"/> does not
/// count beside it. A group parks a million messages of each kind (prepared: with an owner and without a time; with a
/// time; the others), then answers <see cref="Reply.TooManyHeld"/>.</summary>
/// <param name="Owner">Who may be asked about it, such as a producer group, at most 255 bytes of UTF-8 (above:
/// <see cref="PublishAdmission.TooLarge"/>); "" for nobody.</param>
/// <param name="DelayMs">Shown by itself after this long, in ms; null = not by itself.</param>
/// <param name="Group">Data group to park it in; null = any. Any other group is an <see cref="ArgumentException"/> of the
/// publish.</param>
public sealed record Parking(string Owner, long? DelayMs, GroupId? Group);
