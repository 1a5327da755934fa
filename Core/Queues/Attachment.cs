namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>How a consumer is attached.</summary>
internal readonly record struct Attachment(int Priority, bool Exclusive);
