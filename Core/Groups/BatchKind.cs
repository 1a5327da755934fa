namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Whom a batch's commands are for. On disk: never renumber.</summary>
public enum BatchKind : byte
{
    /// <summary>The group's machine.</summary>
    Machine = 1,

    /// <summary>The group's own bookkeeping (<see cref="GroupState"/>).</summary>
    Group = 2,
}
