namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>What this door keeps with a message besides its body.</summary>
/// <param name="SentMs">This node's clock when the request was read, Unix ms.</param>
/// <param name="Tags">Filter tags; none for messages sent to a queue.</param>
public sealed record HttpProperties(long SentMs, IReadOnlyList<string> Tags);
