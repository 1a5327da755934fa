namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;

/// <summary>38, 40, 203: a consumer group.</summary>
public readonly record struct ConsumerGroupRequest(string ConsumerGroup) : IRocketMqHeader
{
    public static ConsumerGroupRequest Read(RocketMqFields fields) => new(fields.Text("consumerGroup"));

    public void Write(RocketMqFields fields) => fields.Add("consumerGroup", ConsumerGroup);
}

/// <summary>204.</summary>
public readonly record struct ProducerGroupRequest(string ProducerGroup) : IRocketMqHeader
{
    public static ProducerGroupRequest Read(RocketMqFields fields) => new(fields.Text("producerGroup"));

    public void Write(RocketMqFields fields) => fields.Add("producerGroup", ProducerGroup);
}

/// <summary>35: a client leaves a group.</summary>
public readonly record struct UnregisterClientRequest(string ClientId, string? ProducerGroup, string? ConsumerGroup)
    : IRocketMqHeader
{
    public static UnregisterClientRequest Read(RocketMqFields fields) => new(
        fields.Text("clientID"), fields.TextOrNull("producerGroup"), fields.TextOrNull("consumerGroup"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("clientID", ClientId);
        fields.Add("producerGroup", ProducerGroup);
        fields.Add("consumerGroup", ConsumerGroup);
    }
}

/// <summary>307 and 309, asked by an administrator and passed on to the client.</summary>
/// <param name="MessageId">Of 309: what to consume, as <see cref="RocketMqMessageId"/>.</param>
public sealed record ClientRequest(
    string ConsumerGroup, string? ClientId, bool? JstackEnable, string? MessageId, string? BrokerName)
    : IRocketMqHeader
{
    public static ClientRequest Read(RocketMqFields fields) => new(
        fields.Text("consumerGroup"), fields.TextOrNull("clientId"), fields.BoolOrNull("jstackEnable"),
        fields.TextOrNull("msgId"), fields.TextOrNull("brokerName"));

    public void Write(RocketMqFields fields)
    {
        fields.Add("consumerGroup", ConsumerGroup);
        fields.Add("clientId", ClientId);
        fields.Add("jstackEnable", JstackEnable);
        fields.Add("msgId", MessageId);
        fields.Add("brokerName", BrokerName);
    }
}
