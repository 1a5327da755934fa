namespace Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

/// <summary>A consumer group as one of its members describes it. The words are kept as they came.</summary>
/// <param name="ConsumeType">CONSUME_ACTIVELY (pull) or CONSUME_PASSIVELY (push).</param>
/// <param name="MessageModel">CLUSTERING or BROADCASTING.</param>
public sealed record ConsumerData(
    string GroupName,
    string ConsumeType,
    string MessageModel,
    string ConsumeFromWhere,
    IReadOnlyList<SubscriptionData> Subscriptions)
{
    public const string Actively = "CONSUME_ACTIVELY";
    public const string Clustering = "CLUSTERING";
    public const string FromLastOffset = "CONSUME_FROM_LAST_OFFSET";

    public static ConsumerData Read(RocketMqJson json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(
            json.TextOf("groupName"), json["consumeType"]?.Text ?? Actively, json["messageModel"]?.Text ?? Clustering,
            json["consumeFromWhere"]?.Text ?? FromLastOffset,
            [.. json.ItemsOf("subscriptionDataSet").Select(SubscriptionData.Read)]);
    }
}
