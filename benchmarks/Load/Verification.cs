namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>Whether all came as it was promised.</summary>
/// <param name="IsRight">Nothing lacks, came twice, out of order or damaged, and everything was answered.</param>
/// <param name="IsWhole">What was confirmed was also consumed, or should have been; else only the rest is checked.</param>
/// <param name="Sent">Messages published.</param>
/// <param name="Confirmed">Of these, confirmed.</param>
/// <param name="Refused">Of these, refused.</param>
/// <param name="Unanswered">Of these, not answered.</param>
/// <param name="Distinct">Messages that arrived, each counted once.</param>
/// <param name="Missing">Confirmed and not arrived.</param>
/// <param name="Twice">Arrived when they had arrived before.</param>
/// <param name="OutOfOrder">Arrived after a later one of the same publisher, queue and consumer.</param>
/// <param name="Damaged">Not as they were sent.</param>
/// <param name="Redelivered">Said by the broker to have been delivered before.</param>
/// <param name="Faults">What else is wrong, in words.</param>
public sealed record Verification(
    bool IsRight,
    bool IsWhole,
    long Sent,
    long Confirmed,
    long Refused,
    long Unanswered,
    long Distinct,
    long Missing,
    long Twice,
    long OutOfOrder,
    long Damaged,
    long Redelivered,
    IReadOnlyList<string> Faults)
{
    /// <summary>Of a run that ended early.</summary>
    public static Verification Failed(string fault) => new(false, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, [fault]);
}
