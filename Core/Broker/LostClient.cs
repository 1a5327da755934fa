namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A client that was there (<see cref="ISession.AppearAsync"/>) when its node died.</summary>
/// <param name="Namespace">Of its session.</param>
/// <param name="Session">Name of its session.</param>
/// <param name="Card">What the adapter on its node said of it.</param>
/// <param name="IsElsewhere">Another node, which did not know of this connection, has said since that the client is
/// there.</param>
public sealed record LostClient(NamespaceId Namespace, string Session, ReadOnlyMemory<byte> Card, bool IsElsewhere);
