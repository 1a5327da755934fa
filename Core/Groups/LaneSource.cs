namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Who numbers a lane's batches: a life of a node, or a group (what leaves a group's state for another one).
/// </summary>
/// <param name="Kind">Node or group.</param>
/// <param name="Id">The node's or the group's number.</param>
/// <param name="Incarnation">The node's incarnation; for a replicated group 0; for a local group its node's.</param>
public readonly record struct LaneSource(LaneSourceKind Kind, int Id, long Incarnation)
{
    /// <summary>Commands that the group's own leader proposes have no lane.</summary>
    public static LaneSource Leader => default;

    public static LaneSource Of(NodeIncarnation node) => new(LaneSourceKind.Node, node.Node.Value, node.Incarnation);
}
