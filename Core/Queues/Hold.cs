namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Who holds a message eagerly, and its body's bytes where the queue counts them.</summary>
internal readonly record struct Hold(EagerConsumer Holder, int Bytes);
