using Cmq.MultiProtocol.Simulation.Worlds;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>A consumer group's lock on a partition: nobody gets it within the lease of another holder, by log time.</summary>
internal sealed class GroupLock(Verdict verdict, Agenda agenda, string name)
{
    private string? _holder;
    private long _knownAtUs;
    private long _untilMs;

    /// <summary>A member was told that it holds the lock.</summary>
    /// <param name="member">Who.</param>
    /// <param name="sinceUs">When it asked, microseconds.</param>
    /// <param name="sinceMs">Log time when it asked; its lease began then or later.</param>
    /// <param name="leaseMs">The lease, always the same for one member.</param>
    /// <param name="nowMs">Log time now; its lease began then or earlier.</param>
    public void Locked(string member, long sinceUs, long sinceMs, int leaseMs, long nowMs)
    {
        bool isLater = _holder is not null && _knownAtUs < sinceUs;
        verdict.Check(_holder == member || !isLater || nowMs >= _untilMs,
            $"{name} is held by {_holder} until {_untilMs} ms, and {member} got it by {nowMs} ms");
        // An answer that is late may be of a lease that is over.
        if (_holder is not null && _holder != member && !isLater)
            return;
        (_holder, _knownAtUs, _untilMs) = (member, agenda.NowUs, sinceMs + leaseMs);
    }

    /// <summary>A member begins to give it back.</summary>
    public void Unlock(string member)
    {
        if (_holder == member)
            _holder = null;
    }
}
