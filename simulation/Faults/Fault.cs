namespace Cmq.MultiProtocol.Simulation.Faults;

/// <summary>What can go wrong.</summary>
internal enum Fault
{
    /// <summary>A process dies.</summary>
    Crash,

    /// <summary>A process dies in the middle of something that it does with its disk.</summary>
    CrashWithin,

    /// <summary>A machine dies, and nobody is told.</summary>
    PowerLoss,

    /// <summary>All machines die at once.</summary>
    PowerLossOfAll,

    /// <summary>A node stops in good order and comes back.</summary>
    Restart,

    /// <summary>A process is suspended.</summary>
    Pause,

    /// <summary>Nothing passes from one node to another, in this direction.</summary>
    OneWay,

    /// <summary>A node reaches nobody, and nobody reaches it.</summary>
    Isolate,

    /// <summary>The nodes fall apart into two parts.</summary>
    Split,

    /// <summary>The connections of a pair are reset.</summary>
    Reset,

    /// <summary>A wall clock jumps.</summary>
    ClockJump,

    /// <summary>A disk becomes slow.</summary>
    SlowDisk,

    /// <summary>A disk becomes full.</summary>
    FullDisk,

    /// <summary>A leader is asked to hand over.</summary>
    HandOver,

    /// <summary>A node with an empty disk joins the cluster.</summary>
    AddNode,

    /// <summary>A node leaves the cluster for good.</summary>
    RemoveNode,

    /// <summary>A machine dies with its disk, and its node is made anew.</summary>
    ReplaceDisk,

    /// <summary>Some bytes of one sector are other ones than were written there.</summary>
    DamagedSector,

    /// <summary>A process dies in the middle of its next write to the log.</summary>
    TornWrite,
}
