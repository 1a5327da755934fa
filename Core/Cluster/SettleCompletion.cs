using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Forgets held messages once their group has applied that they are settled.</summary>
internal sealed class SettleCompletion(BrokerConnection connection, QueueId queue, long[] sequences) : ILaneCompletion
{
    /// <summary>The batch that the command went into; guarded by the connection's lock.</summary>
    public long Batch { get; set; }

    public void Completed(ulong tag, int bytes, Answer answer) => connection.Settled(queue, sequences, this);

    /// <summary>Until the group has it, the message counts as held, and no new leader may hand it out.</summary>
    public bool TimesOut => false;

    public void Flush()
    {
        // Nobody is told.
    }
}
