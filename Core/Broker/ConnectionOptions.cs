namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Who connects.</summary>
/// <param name="Protocol">For listings, such as <c>AMQP 0-9-1</c>.</param>
/// <param name="Peer">Remote address for listings.</param>
public sealed record ConnectionOptions(
    Identity User,
    NamespaceId Namespace,
    string Protocol,
    string Peer,
    IConnectionSink Sink)
{
    /// <summary>While disk space is short: publishes are not refused (<see cref="PublishAdmission.Full"/>), but wait
    /// before the next one (<see cref="IBrokerConnection.WaitForRoomAsync"/>). For protocols in which a publisher need not
    /// hear that its message was refused.</summary>
    public bool WaitsForSpace { get; init; }
}
