namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of 34: a client and the groups that it has members of.</summary>
public sealed record HeartbeatData(
    string ClientId, IReadOnlyList<ConsumerData> Consumers, IReadOnlyList<string> ProducerGroups)
{
    /// <exception cref="RocketMqProtocolException">It cannot be read.</exception>
    public static HeartbeatData Read(ReadOnlySpan<byte> body)
    {
        RocketMqJson json = RocketMqJson.Parse(body);
        return new(
            json.TextOf("clientID"),
            [.. json.ItemsOf("consumerDataSet").Select(ConsumerData.Read)],
            [.. json.ItemsOf("producerDataSet").Select(producer => producer.TextOf("groupName"))]);
    }
}
