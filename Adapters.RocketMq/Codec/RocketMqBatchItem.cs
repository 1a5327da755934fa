namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec;

/// <summary>One message of a batch.</summary>
/// <param name="Flag">The application's own flag.</param>
/// <param name="Properties">The property string in UTF-8.</param>
public readonly record struct RocketMqBatchItem(
    int Flag, ReadOnlyMemory<byte> Body, ReadOnlyMemory<byte> Properties);
