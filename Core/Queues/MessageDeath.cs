using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>How a message left its queue for a dead-letter target.</summary>
/// <param name="Queue">Name of the queue it died in.</param>
/// <param name="Reason">Why.</param>
/// <param name="TimeMs">Log time of the death, Unix ms.</param>
/// <param name="Target">Where it goes.</param>
internal sealed record MessageDeath(string Queue, DeathReason Reason, long TimeMs, DeadLetterTarget Target);
