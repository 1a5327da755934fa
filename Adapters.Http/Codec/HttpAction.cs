namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>One request's action with its parameters, checked for type and range (spec section 4). Names are
/// the specification's.</summary>
public abstract record HttpAction
{
    private HttpAction()
    {
    }

    public sealed record CreateQueue(string QueueName, QueueAttributes Attributes) : HttpAction;

    /// <param name="SearchWord">Part of the names wanted; "" = all.</param>
    /// <param name="Offset">Matches to skip.</param>
    /// <param name="Limit">Most entries in the answer.</param>
    public sealed record ListQueue(string SearchWord, int Offset, int Limit) : HttpAction;

    public sealed record GetQueueAttributes(string QueueName) : HttpAction;

    public sealed record SetQueueAttributes(string QueueName, QueueAttributes Attributes) : HttpAction;

    public sealed record DeleteQueue(string QueueName) : HttpAction;

    /// <summary>Ours: the service has it in another API only.</summary>
    public sealed record ClearQueue(string QueueName) : HttpAction;

    /// <param name="QueueName">The queue.</param>
    /// <param name="StartConsumeTime">Unix seconds.</param>
    public sealed record RewindQueue(string QueueName, long StartConsumeTime) : HttpAction;

    public sealed record SendMessage(string QueueName, ReadOnlyMemory<byte> MsgBody, int DelaySeconds)
        : HttpAction;

    public sealed record BatchSendMessage(
        string QueueName, IReadOnlyList<ReadOnlyMemory<byte>> MsgBodies, int DelaySeconds) : HttpAction;

    /// <param name="QueueName">The queue.</param>
    /// <param name="PollingWaitSeconds">Null = as the queue says.</param>
    public sealed record ReceiveMessage(string QueueName, int? PollingWaitSeconds) : HttpAction;

    public sealed record BatchReceiveMessage(string QueueName, int NumOfMsg, int? PollingWaitSeconds)
        : HttpAction;

    public sealed record DeleteMessage(string QueueName, ReceiptHandle Handle) : HttpAction;

    public sealed record BatchDeleteMessage(string QueueName, IReadOnlyList<ReceiptHandle> Handles)
        : HttpAction;

    /// <param name="TopicName">The topic.</param>
    /// <param name="MaxMsgSize">Bytes; null = the default.</param>
    /// <param name="FilterType">Fixed for the topic's life.</param>
    public sealed record CreateTopic(string TopicName, int? MaxMsgSize, TopicFilter FilterType) : HttpAction;

    public sealed record SetTopicAttributes(string TopicName, int? MaxMsgSize) : HttpAction;

    public sealed record GetTopicAttributes(string TopicName) : HttpAction;

    public sealed record DeleteTopic(string TopicName) : HttpAction;

    public sealed record ListTopic(HttpPage Page) : HttpAction;

    /// <param name="TopicName">The topic.</param>
    /// <param name="MsgBody">UTF-8.</param>
    /// <param name="MsgTags">None counts, too: it reaches subscriptions without tags.</param>
    /// <param name="RoutingKey">Null = not given.</param>
    public sealed record PublishMessage(
        string TopicName, ReadOnlyMemory<byte> MsgBody, IReadOnlyList<string> MsgTags, string? RoutingKey)
        : HttpAction;

    public sealed record BatchPublishMessage(
        string TopicName,
        IReadOnlyList<ReadOnlyMemory<byte>> MsgBodies,
        IReadOnlyList<string> MsgTags,
        string? RoutingKey) : HttpAction;

    /// <summary>Of a queue; other endpoints are refused while reading.</summary>
    public sealed record Subscribe(
        string TopicName,
        string SubscriptionName,
        string Endpoint,
        NotifyStrategy NotifyStrategy,
        IReadOnlyList<string> FilterTags,
        IReadOnlyList<string> BindingKeys) : HttpAction;

    public sealed record Unsubscribe(string TopicName, string SubscriptionName) : HttpAction;

    public sealed record ListSubscriptionByTopic(string TopicName, HttpPage Page) : HttpAction;

    public sealed record GetSubscriptionAttributes(string TopicName, string SubscriptionName) : HttpAction;

    /// <summary>Null = as it is.</summary>
    public sealed record SetSubscriptionAttributes(
        string TopicName,
        string SubscriptionName,
        NotifyStrategy? NotifyStrategy,
        IReadOnlyList<string>? FilterTags,
        IReadOnlyList<string>? BindingKeys) : HttpAction;

    public sealed record ClearSubscriptionFilterTags(string TopicName, string SubscriptionName) : HttpAction;
}
