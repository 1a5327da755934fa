using Cmq.MultiProtocol.Core.Broker;
using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>A read that waits at the leader until its partition has something for it.</summary>
/// <param name="id">Who asked, and under which number.</param>
/// <param name="ask">What was asked.</param>
/// <param name="next">First offset that was not looked at yet.</param>
/// <param name="deadlineMs">Log time at which it is answered in any case.</param>
internal sealed class WaitingRead(RequestId id, PartitionAsk.Read ask, long next, long deadlineMs)
{
    public RequestId Id => id;

    public QueueId Partition => ask.Partition;

    public PartitionQuery Query => ask.Query;

    public long Next { get; set; } = next;

    public long DeadlineMs => deadlineMs;
}
