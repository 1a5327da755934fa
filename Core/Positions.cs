namespace Cmq.MultiProtocol.Core;

/// <summary>
/// Places of messages in the whole cluster: 8 bits of group, then a 45-bit counter of the group (section 4 of the
/// design). They fit the 53 bits that a JSON number has.
/// </summary>
public static class Positions
{
    /// <summary>Groups above it can have no partitions: their number does not fit.</summary>
    public const int MaxGroup = 255;

    /// <summary>Appends to all partitions of a group together, in its whole life; above: Full.</summary>
    public const long MaxCount = 1L << CountBits;

    private const int CountBits = 45;

    public static long Of(GroupId group, long count)
    {
        Invariant.Check(group.Value is > 0 and <= MaxGroup, "the group of a position is out of range");
        Invariant.Check(count is >= 0 and < MaxCount, "the positions of a group are used up");
        return ((long)group.Value << CountBits) | count;
    }

    /// <summary>Group of a position; 0 when it is none.</summary>
    public static GroupId GroupOf(long position) =>
        position >> CountBits is > 0 and <= MaxGroup and var group ? new GroupId((int)group) : default;
}
