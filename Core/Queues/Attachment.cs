namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>How a consumer is attached.</summary>
/// <param name="Epoch">As in <see cref="Broker.ConsumerOptions.Epoch"/>; 0 = it competes.</param>
internal readonly record struct Attachment(int Priority, bool Exclusive, long Epoch);
