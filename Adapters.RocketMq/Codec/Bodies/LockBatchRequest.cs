namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of 41 and 42.</summary>
public sealed record LockBatchRequest(string ConsumerGroup, string ClientId, IReadOnlyList<RocketMqQueue> Queues)
{
    /// <exception cref="RocketMqProtocolException">It cannot be read.</exception>
    public static LockBatchRequest Read(ReadOnlySpan<byte> body)
    {
        RocketMqJson json = RocketMqJson.Parse(body);
        return new(
            json.TextOf("consumerGroup"), json.TextOf("clientId"), [.. json.ItemsOf("mqSet").Select(RocketMqQueue.Read)]);
    }
}
