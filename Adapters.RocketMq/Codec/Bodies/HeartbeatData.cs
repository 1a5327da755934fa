namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>Body of 34: a client and the groups that it has members of.</summary>
public sealed record HeartbeatData(
    string ClientId, IReadOnlyList<ConsumerData> Consumers, IReadOnlyList<string> ProducerGroups)
{
    /// <summary>Consumer groups in one heartbeat, a count.</summary>
    public const int MaxConsumers = 256;

    /// <summary>Subscriptions in one heartbeat, of all its groups together, a count.</summary>
    public const int MaxSubscriptions = 1_024;

    /// <summary>Producer groups in one heartbeat, a count.</summary>
    public const int MaxProducers = 256;

    /// <exception cref="RocketMqProtocolException">It cannot be read, or names too much.</exception>
    public static HeartbeatData Read(ReadOnlySpan<byte> body)
    {
        RocketMqJson json = RocketMqJson.Parse(body);
        IReadOnlyList<RocketMqJson> consumers = json.ItemsOf("consumerDataSet");
        IReadOnlyList<RocketMqJson> producers = json.ItemsOf("producerDataSet");
        Check(consumers.Count, MaxConsumers, "consumer groups");
        Check(producers.Count, MaxProducers, "producer groups");
        Check(consumers.Sum(ConsumerData.CountSubscriptions), MaxSubscriptions, "subscriptions");
        return new(
            json.TextOf("clientID"),
            [.. consumers.Select(ConsumerData.Read)],
            [.. producers.Select(producer => producer.TextOf("groupName"))]);
    }

    private static void Check(int count, int most, string what)
    {
        if (count > most)
            throw RocketMqProtocolException.Request($"{count} {what} in a heartbeat, the limit is {most}");
    }
}
