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
}
