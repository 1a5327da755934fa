using System.Buffers;

namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>A message as a protocol shows it that it did not come by.</summary>
/// <param name="Properties">In the core's words.</param>
/// <param name="Body">As its sender meant it: without a coding that only the sender's protocol knows of.</param>
public readonly record struct MessageContent(MessageProperties Properties, ReadOnlySequence<byte> Body);
