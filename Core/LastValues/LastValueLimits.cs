namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>Limits of the last values of one group. They decide what apply does, so every member must have the
/// same.</summary>
internal sealed record LastValueLimits
{
    public static readonly LastValueLimits Default = new();

    /// <summary>Values, a count; above: LimitReached.</summary>
    public int MaxValues { get; init; } = 1_000_000;

    /// <summary>Their keys in UTF-8, in bytes; above: LimitReached.</summary>
    public long MaxKeyBytes { get; init; } = 256L * 1024 * 1024;

    /// <summary>Values that one command drops; the rest waits for the next.</summary>
    public int MaxWorkPerCommand { get; init; } = 65_536;

    /// <summary>Deleted topics that are remembered, a count: what is still on its way to one is refused.</summary>
    public int MaxGoneTopics { get; init; } = 1_024;
}
