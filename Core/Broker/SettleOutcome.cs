namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>What becomes of held messages. On disk: never renumber.</summary>
public enum SettleOutcome : byte
{
    /// <summary>Done with.</summary>
    Done = 0,

    /// <summary>Back to where it was, to be delivered again.</summary>
    Returned = 1,

    /// <summary>Dead-lettered if the queue says so, else done with.</summary>
    Rejected = 2,
}
