namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Makes a publication distinct: a group that has already taken this number, or a higher one, of the producer
/// answers Ok (sequence -1) and stores nothing, but for a number that it refused before. So one producer's publications
/// go out in the order of their numbers. Forgotten when the session ends, and beyond a million producers in a
/// group.</summary>
/// <param name="Producer"><see cref="ISession.Id"/>.</param>
/// <param name="Number">From <see cref="ISession.RecordInboundAsync"/>.</param>
public readonly record struct ProducerNumber(long Producer, long Number);
