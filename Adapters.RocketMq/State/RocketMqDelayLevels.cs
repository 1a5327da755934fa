namespace Cmq.MultiProtocol.Adapters.RocketMq.State;

/// <summary>The fixed delays of RocketMQ (specification section 14).</summary>
public static class RocketMqDelayLevels
{
    /// <summary>Of a message that comes back for the first time.</summary>
    public const int FirstRetry = 3;

    private const int SecondMs = 1_000;
    private const int MinuteMs = 60 * SecondMs;
    private const int HourMs = 60 * MinuteMs;

    private static readonly int[] DelaysMs =
    [
        1 * SecondMs, 5 * SecondMs, 10 * SecondMs, 30 * SecondMs,
        1 * MinuteMs, 2 * MinuteMs, 3 * MinuteMs, 4 * MinuteMs, 5 * MinuteMs, 6 * MinuteMs, 7 * MinuteMs,
        8 * MinuteMs, 9 * MinuteMs, 10 * MinuteMs, 20 * MinuteMs, 30 * MinuteMs,
        1 * HourMs, 2 * HourMs,
    ];

    /// <param name="level">From 1; above 18 counts as 18.</param>
    /// <returns>Null for 0 and below: no delay.</returns>
    public static int? DelayMs(int level) =>
        level <= 0 ? null : DelaysMs[Math.Min(level, DelaysMs.Length) - 1];
}
