namespace Cmq.MultiProtocol.Core.Broker;

/// <summary>Why a message left its queue as a dead letter. On disk: never renumber.</summary>
public enum DeathReason : byte
{
    Rejected = 0,
    Expired = 1,
    MaxLength = 2,

    /// <summary>It was delivered as often as the queue allows without being settled.</summary>
    DeliveryLimit = 3,
}
