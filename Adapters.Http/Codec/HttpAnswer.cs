using System.Buffers;

namespace Cmq.MultiProtocol.Adapters.Http.Codec;

/// <summary>What an action answers besides code, message and requestId (spec section 4). Times are Unix
/// seconds.</summary>
public abstract record HttpAnswer
{
    private HttpAnswer()
    {
    }

    /// <summary>Success with nothing to say.</summary>
    public sealed record Done : HttpAnswer;

    /// <param name="Error">The error.</param>
    /// <param name="ErrorList">For batch deletes: what failed; else empty.</param>
    public sealed record Failed(HttpError Error, IReadOnlyList<FailedDelete> ErrorList) : HttpAnswer
    {
        public Failed(HttpError error)
            : this(error, [])
        {
        }
    }

    public sealed record FailedDelete(HttpError Error, string ReceiptHandle);

    public sealed record QueueCreated(string QueueId) : HttpAnswer;

    /// <param name="TotalCount">Matches before paging.</param>
    /// <param name="Queues">One page.</param>
    public sealed record QueueList(int TotalCount, IReadOnlyList<QueueListItem> Queues) : HttpAnswer;

    public sealed record QueueListItem(string QueueId, string QueueName);

    public sealed record QueueAttributesChanged(string QueueId, QueueAttributes Attributes) : HttpAnswer;

    public sealed record QueueAttributesShown(
        QueueAttributes Attributes,
        long CreateTime,
        long LastModifyTime,
        long ActiveMsgNum,
        long InactiveMsgNum,
        long DelayMsgNum,
        long RewindMsgNum,
        long MinMsgTime) : HttpAnswer;

    public sealed record MessageSent(string MsgId) : HttpAnswer;

    public sealed record MessagesSent(IReadOnlyList<string> MsgIds) : HttpAnswer;

    public sealed record MessageReceived(ReceivedMessage Message) : HttpAnswer;

    public sealed record MessagesReceived(IReadOnlyList<ReceivedMessage> Messages) : HttpAnswer;

    /// <param name="IsText">The body is UTF-8; otherwise it is answered as Base64 of its bytes.</param>
    public sealed record ReceivedMessage(
        ReadOnlySequence<byte> Body,
        bool IsText,
        string MsgId,
        string ReceiptHandle,
        long EnqueueTime,
        long FirstDequeueTime,
        long NextVisibleTime,
        int DequeueCount);

    public sealed record TopicCreated(string TopicId) : HttpAnswer;

    /// <param name="TotalCount">Matches before paging.</param>
    /// <param name="Topics">One page.</param>
    public sealed record TopicList(int TotalCount, IReadOnlyList<TopicListItem> Topics) : HttpAnswer;

    public sealed record TopicListItem(string TopicId, string TopicName);

    public sealed record TopicAttributesShown(TopicAttributes Attributes) : HttpAnswer;

    public sealed record Subscribed(string SubscriptionId) : HttpAnswer;

    /// <param name="TotalCount">Matches before paging.</param>
    /// <param name="Subscriptions">One page.</param>
    public sealed record SubscriptionList(int TotalCount, IReadOnlyList<SubscriptionListItem> Subscriptions)
        : HttpAnswer;

    public sealed record SubscriptionListItem(string SubscriptionId, string SubscriptionName, string Endpoint);

    public sealed record SubscriptionAttributesShown(string TopicOwner, Subscription Subscription) : HttpAnswer;
}
