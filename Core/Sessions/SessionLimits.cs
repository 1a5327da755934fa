namespace Cmq.MultiProtocol.Core.Sessions;

/// <summary>Limits of sessions. They decide what apply does: the same on every member of a group.</summary>
internal sealed record SessionLimits
{
    public static readonly SessionLimits Default = new();

    /// <summary>Longest name, in bytes of UTF-8.</summary>
    public const int MaxNameBytes = 65_535;

    /// <summary>Sessions of one group, a count; above: LimitReached.</summary>
    public int MaxSessions { get; init; } = 1_000_000;

    /// <summary>Subscriptions of one session, a count; above: LimitReached.</summary>
    public int MaxSubscriptions { get; init; } = 65_536;

    /// <summary>Filters and options of one session, in bytes; above: LimitReached.</summary>
    public long MaxSubscriptionBytes { get; init; } = 16L * 1024 * 1024;

    /// <summary>Inbound ids, and released numbers, of one session, a count of each; above: LimitReached.</summary>
    public int MaxInFlight { get; init; } = 65_536;
}
