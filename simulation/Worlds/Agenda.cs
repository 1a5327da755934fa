namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>What is going to happen, in the order of virtual time; what is due at the same moment, in the order in which
/// it was put down.</summary>
internal sealed class Agenda
{
    private readonly PriorityQueue<Action, (long AtUs, long Number)> _events = new();
    private long _lastNumber;

    /// <summary>Virtual time since the beginning of the world, microseconds.</summary>
    public long NowUs { get; private set; }

    /// <summary>Events so far.</summary>
    public long Taken { get; private set; }

    public void At(long atUs, Action what) => _events.Enqueue(what, (Math.Max(atUs, NowUs), ++_lastNumber));

    public void After(long us, Action what) => At(NowUs + us, what);

    /// <summary>The next event; time goes on to its moment.</summary>
    public Action? TakeNext()
    {
        if (!_events.TryDequeue(out Action? what, out (long AtUs, long) due))
            return null;
        NowUs = due.AtUs;
        Taken++;
        return what;
    }
}
