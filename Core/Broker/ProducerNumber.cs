namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Makes a publication distinct: a group that has already taken this number, or a higher one, of the producer
/// answers Ok and stores nothing. So one producer's publications go out in the order of their numbers.</summary>
/// <param name="Producer"><see cref="ISession.Id"/>.</param>
/// <param name="Number">From <see cref="ISession.RecordInboundAsync"/>.</param>
public readonly record struct ProducerNumber(long Producer, long Number);
