namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Why the leader drops ready messages. On disk: never renumber.</summary>
public enum DropReason : byte
{
    /// <summary>Too old; a dead letter if the queue says so.</summary>
    Expired = 0,

    /// <summary>Over the queue's length limit; a dead letter if the queue says so.</summary>
    MaxLength = 1,

    /// <summary>Somebody emptied the queue; never a dead letter.</summary>
    Purged = 2,
}
