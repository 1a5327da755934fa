using System.Diagnostics;
using System.Text.Json;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>The answers about topics and subscriptions (spec sections 4.3 and 4.4).</summary>
internal static class HttpTopicWriter
{
    /// <summary>Seconds; the service keeps messages of a topic for a day, and says so.</summary>
    private const int RetentionSeconds = 86_400;

    public static void Write(Utf8JsonWriter json, HttpAnswer answer)
    {
        switch (answer)
        {
            case HttpAnswer.TopicCreated created:
                json.WriteString("topicId"u8, created.TopicId);
                break;
            case HttpAnswer.TopicList list:
                Write(json, list);
                break;
            case HttpAnswer.TopicAttributesShown shown:
                Write(json, shown.Attributes);
                break;
            case HttpAnswer.Subscribed subscribed:
                json.WriteString("subscriptionId"u8, subscribed.SubscriptionId);
                break;
            case HttpAnswer.SubscriptionList list:
                Write(json, list);
                break;
            case HttpAnswer.SubscriptionAttributesShown shown:
                Write(json, shown);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private static void Write(Utf8JsonWriter json, HttpAnswer.TopicList list)
    {
        json.WriteNumber("totalCount"u8, list.TotalCount);
        json.WriteStartArray("topicList"u8);
        foreach (HttpAnswer.TopicListItem topic in list.Topics)
        {
            json.WriteStartObject();
            json.WriteString("topicId"u8, topic.TopicId);
            json.WriteString("topicName"u8, topic.TopicName);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, TopicAttributes topic)
    {
        // A message is in its queues when its publisher is answered: none waits in a topic.
        json.WriteNumber("msgCount"u8, 0);
        json.WriteNumber("maxMsgSize"u8, topic.MaxMsgSize);
        json.WriteNumber("msgRetentionSeconds"u8, RetentionSeconds);
        json.WriteNumber("createTime"u8, topic.CreatedMs / 1_000);
        json.WriteNumber("lastModifyTime"u8, topic.ChangedMs / 1_000);
        json.WriteNumber("filterType"u8, (int)topic.Filter);
    }

    private static void Write(Utf8JsonWriter json, HttpAnswer.SubscriptionList list)
    {
        json.WriteNumber("totalCount"u8, list.TotalCount);
        json.WriteStartArray("subscriptionList"u8);
        foreach (HttpAnswer.SubscriptionListItem subscription in list.Subscriptions)
        {
            json.WriteStartObject();
            json.WriteString("subscriptionId"u8, subscription.SubscriptionId);
            json.WriteString("subscriptionName"u8, subscription.SubscriptionName);
            json.WriteString("protocol"u8, "queue"u8);
            json.WriteString("endpoint"u8, subscription.Endpoint);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, HttpAnswer.SubscriptionAttributesShown shown)
    {
        Subscription subscription = shown.Subscription;
        json.WriteString("topicOwner"u8, shown.TopicOwner);
        json.WriteNumber("msgCount"u8, 0);
        json.WriteString("protocol"u8, "queue"u8);
        json.WriteString("protocal"u8, "queue"u8); // the Python SDK's spelling
        json.WriteString("endpoint"u8, subscription.Endpoint);
        json.WriteString(
            "notifyStrategy"u8,
            subscription.NotifyStrategy == NotifyStrategy.BackoffRetry
                ? "BACKOFF_RETRY"u8
                : "EXPONENTIAL_DECAY_RETRY"u8);
        json.WriteString("notifyContentFormat"u8, "SIMPLIFIED"u8);
        json.WriteNumber("createTime"u8, subscription.CreatedMs / 1_000);
        json.WriteNumber("lastModifyTime"u8, subscription.ChangedMs / 1_000);

        // Java and Go read the first name, Python and PHP the second.
        WriteTexts(json, "filterTag", subscription.FilterTags);
        WriteTexts(json, "filterTags", subscription.FilterTags);
        WriteTexts(json, "bindingKey", subscription.BindingKeys);
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IReadOnlyList<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
            json.WriteStringValue(text);
        json.WriteEndArray();
    }
}
