namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A wish to park a publication (<see cref="IParkedMessages"/>).</summary>
/// <param name="Owner">Who may be asked about it, such as a producer group; "" for nobody.</param>
/// <param name="DelayMs">Shown by itself after this long; null = not by itself.</param>
/// <param name="Group">Data group to park it in; null = any.</param>
public sealed record Parking(string Owner, long? DelayMs, GroupId? Group);
