namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A receive in its queue's line, or whose check-out is on its way through the log.</summary>
internal sealed class WaitingReceive(QueueView view, QueueRequest.Receive request, long deadlineMs)
{
    public QueueView View { get; } = view;

    public QueueRequest.Receive Request { get; } = request;

    /// <summary>Log time at which it is answered with nothing.</summary>
    public long DeadlineMs { get; } = deadlineMs;

    /// <summary>Proposed for it; null while it stands in line.</summary>
    public List<long>? Picked { get; set; }

    public long PickedBytes { get; set; }

    /// <summary>Nobody waits for the answer any more.</summary>
    public bool IsCancelled { get; set; }

    /// <summary>Its place in the line.</summary>
    public LinkedListNode<WaitingReceive>? Place { get; set; }
}
