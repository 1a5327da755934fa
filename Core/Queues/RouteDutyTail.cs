namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>What follows at the end of a routed duty. On disk: never renumber.</summary>
internal enum RouteDutyTail : byte
{
    /// <summary>Nothing: the message was parked and goes as it was published.</summary>
    None = 0,

    /// <summary>What its death changed.</summary>
    Overlay = 1,

    /// <summary>It was parked, and changes a last value: a <see cref="LastValueMove"/>.</summary>
    LastValue = 2,
}
