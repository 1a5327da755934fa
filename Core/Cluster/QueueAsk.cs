namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Requests to the leader of a group that has queues.</summary>
internal abstract record QueueAsk(QueueId Queue)
{
    public sealed record Status(QueueId Queue, bool Touch) : QueueAsk(Queue);

    public sealed record Get(QueueId Queue, ConnectionKey Connection, bool AutoSettle) : QueueAsk(Queue);

    public sealed record Receive(QueueId Queue, ConnectionKey Connection, int Max, int WaitMs) : QueueAsk(Queue);

    /// <summary>Gives up a receive by its request number. No response.</summary>
    public sealed record CancelReceive(QueueId Queue, long Number) : QueueAsk(Queue);

    /// <summary>How many messages the consumer has ever been allowed. No response.</summary>
    public sealed record Credit(QueueId Queue, ConsumerKey Consumer, long Granted) : QueueAsk(Queue);

    public sealed record Purge(QueueId Queue) : QueueAsk(Queue);

    public sealed record Delete(QueueId Queue, bool IfUnused, bool IfEmpty) : QueueAsk(Queue);

    public sealed record Rewind(QueueId Queue, long FromMs) : QueueAsk(Queue);
}
