namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>
/// Answers from a group's state that wait until it is known that this member led when they were made (decision 0018). One
/// round of asking is under way at a time, for all that came before it began; so many answers cost no more than one.
/// </summary>
internal sealed class UnconfirmedAnswers
{
    private List<Action> _gathered = [];
    private List<Action> _asked = [];

    public int Count => _gathered.Count + _asked.Count;

    /// <summary>Answers wait, and nobody is being asked.</summary>
    public bool IsRoundDue => _gathered.Count > 0 && _asked.Count == 0;

    /// <summary>Number of the last round that began; goes on over <see cref="Clear"/>.</summary>
    public ulong Round { get; private set; }

    public void Add(Action answer) => _gathered.Add(answer);

    /// <summary>What has come by now waits for the next round.</summary>
    public void Begin()
    {
        Round++;
        (_asked, _gathered) = (_gathered, _asked);
    }

    /// <summary>A round has ended: what waited for it is answered, in the order in which it came.</summary>
    /// <param name="round">Of a round that is none (any more) nothing comes.</param>
    public void Confirm(ulong round)
    {
        if (round != Round)
            return;
        foreach (Action answer in _asked)
            answer();
        _asked.Clear();
    }

    /// <summary>This member leads no more: who waits asks the next leader.</summary>
    public void Clear()
    {
        _gathered.Clear();
        _asked.Clear();
    }
}
