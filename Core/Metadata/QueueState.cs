namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Where a queue is between its declaration and its end. On disk: never renumber.</summary>
public enum QueueState : byte
{
    /// <summary>Its group was told to make it and has not answered; not routed to.</summary>
    Creating = 0,

    /// <summary>Its group has it.</summary>
    Ready = 1,

    /// <summary>Unknown, deleted, or on its way out: its name is free again, its group was told to remove
    /// it.</summary>
    Gone = 2,
}
