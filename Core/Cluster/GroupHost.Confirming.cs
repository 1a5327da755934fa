namespace Cmq.MultiProtocol.Core.Cluster;

/// <content>Answers from the group's state. A leader that was deposed and has not heard of it yet has an old one
/// (decision 0018).</content>
internal abstract partial class GroupHost
{
    /// <summary>Answers that wait until it is known that this member leads, a count; while there are as many, requests are
    /// refused.</summary>
    private const int MaxUnconfirmed = 65_536;

    private readonly UnconfirmedAnswers _unconfirmed = new();

    /// <summary>Gives an answer as soon as it is known that this member leads now; never, if it does not: who waits for it
    /// asks the next leader. Group thread, while active.</summary>
    public void WhenConfirmed(Action answer)
    {
        if (CanBeDeposed)
            _unconfirmed.Add(answer);
        else
            answer();
    }

    /// <summary>Whether another member may lead, and this one not know of it.</summary>
    protected abstract bool CanBeDeposed { get; }

    /// <summary>Begins to ask the others whether this member leads; <see cref="Confirmed"/> hears that it does.</summary>
    /// <returns>False: not now.</returns>
    protected abstract bool TryBeginRound(ulong round);

    protected void Confirmed(ulong round) => _unconfirmed.Confirm(round);

    private void BeginRoundIfDue()
    {
        if (_unconfirmed.IsRoundDue && TryBeginRound(_unconfirmed.Round + 1))
            _unconfirmed.Begin();
    }
}
