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

    private const string SubscriptionsField = "subscriptionDataSet";

    /// <summary>Before any of them is read.</summary>
    public static int CountSubscriptions(RocketMqJson json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return json.ItemsOf(SubscriptionsField).Count;
    }

    public static ConsumerData Read(RocketMqJson json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return new(
            json.TextOf("groupName"), json["consumeType"]?.Text ?? Actively, json["messageModel"]?.Text ?? Clustering,
            json["consumeFromWhere"]?.Text ?? FromLastOffset,
            [.. json.ItemsOf(SubscriptionsField).Select(SubscriptionData.Read)]);
    }
}
