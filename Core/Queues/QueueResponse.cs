using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Answer to a <see cref="QueueRequest"/>; any may be QueueNotFound.</summary>
/// <param name="Reply">Ok, or why not.</param>
/// <param name="Count">Get: ready messages left. Purge, Delete: how many.</param>
public readonly record struct QueueResponse(Reply Reply, long Count)
{
    public QueueStatus Status { get; init; }

    /// <summary>Get, Receive: what was handed out; empty when nothing was.</summary>
    public IReadOnlyList<DispatchedMessage> Messages { get; init; } = [];
}
