namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>Kind of a <see cref="LaneSource"/>. On disk: never renumber.</summary>
public enum LaneSourceKind : byte
{
    Leader = 0,
    Node = 1,
    Group = 2,
}
