using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Forgets held messages once their group has applied that they are settled.</summary>
internal sealed class SettleCompletion(BrokerConnection connection, QueueId queue, long[] sequences) : ILaneCompletion
{
    public void Completed(ulong tag, int bytes, Answer answer) => connection.Settled(queue, sequences);

    public void Flush()
    {
        // Nobody is told.
    }
}
