namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Names a stored unit, overlay or chunk of a group: the entry and the command's place in it.</summary>
public readonly record struct UnitRef(long Index, int Slot)
{
    public static UnitRef None => default;

    public bool IsNone => Index == 0;
}
