namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>A purge whose drops are on their way through the log.</summary>
internal sealed class PendingPurge(RequestId request)
{
    public RequestId Request { get; } = request;

    /// <summary>Drops that are not applied yet.</summary>
    public int Left { get; set; }

    /// <summary>Messages dropped so far.</summary>
    public long Dropped { get; set; }
}
