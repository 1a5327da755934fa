namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>What a group makes of a batch that came by a lane.</summary>
public enum LaneVerdict
{
    /// <summary>The one expected: it is applied.</summary>
    Next,

    /// <summary>Applied before: it gets its first answers.</summary>
    Repeated,

    /// <summary>Applied before, and the source has said that it has the answers.</summary>
    Forgotten,

    /// <summary>An earlier one is missing; the source repeats from there.</summary>
    Gap,

    /// <summary>The source's life has ended.</summary>
    Gone,
}
