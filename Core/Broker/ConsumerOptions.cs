namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a consumer attaches (eagerly: what it holds is known to leader and node, not to the log).</summary>
/// <param name="Priority">Higher is served first while it has credit; then round robin.</param>
/// <param name="Exclusive">Refused if others are attached, and keeps others away.</param>
/// <param name="AutoSettle">Messages count as settled when they are handed to the sink.</param>
/// <param name="Credit">Messages that may be delivered before <see cref="IBrokerConnection.AddCredit"/>.</param>
public sealed record ConsumerOptions(int Priority, bool Exclusive, bool AutoSettle, int Credit)
{
    /// <summary>Above 0: the consumer belongs to an owner of the queue, of whom there is one at a time, the one with the
    /// highest epoch (<see cref="ISession.Epoch"/>). Attaching it ends earlier owners' consumers: what they hold comes back
    /// at once, and what comes back is handed out in the queue's order before anything newer. A later settlement by an
    /// earlier owner counts, because its client has the message; a return does not. Consumers of others compete as
    /// always.</summary>
    public long Epoch { get; init; }
}
