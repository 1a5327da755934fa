namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>How a consumer attaches (eagerly: what it holds is known to leader and node, not to the log).</summary>
/// <param name="Priority">Higher is served first while it has credit; then round robin.</param>
/// <param name="Exclusive">Refused if others are attached, and keeps others away.</param>
/// <param name="AutoSettle">Messages count as settled when they are handed to the sink.</param>
/// <param name="Credit">Messages that may be delivered before <see cref="IBrokerConnection.AddCredit"/>.</param>
public sealed record ConsumerOptions(int Priority, bool Exclusive, bool AutoSettle, int Credit);
