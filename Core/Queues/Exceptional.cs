namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// What a row has no room for: kept only for messages that were returned, are checked out or delayed.
/// </summary>
internal struct Exceptional
{
    /// <summary>Deliveries that the log knows of.</summary>
    public int Deliveries;

    /// <summary>Log time of the first strict check-out; 0 = none yet.</summary>
    public long FirstCheckOutMs;

    /// <summary>The present strict check-out; 0 = none.</summary>
    public long CheckOut;

    /// <summary>Log time at which <see cref="CheckOut"/> ends.</summary>
    public long DeadlineMs;

    /// <summary>Log time before which the message is not visible; 0 = it is.</summary>
    public long DelayDueMs;
}
