namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Ready messages that are hidden at once and dropped by one command.</summary>
internal ref struct DropBatch(
    QueueDispatcher dispatcher, QueueView view, DropReason reason, PendingPurge? purge = null)
{
    /// <summary>
    /// Messages that one drop may turn into dead letters; the next waits until it is applied.
    /// </summary>
    private const int MaxDeaths = 1_024;

    private List<SequenceRange>? _ranges;
    private long _count;
    private long _bytes;

    /// <summary>Hides a message: the first ready one, as the view gave it.</summary>
    /// <returns>False when it has to wait for an earlier drop.</returns>
    public bool TryAdd(long sequence)
    {
        bool dies = reason != DropReason.Purged && view.Settings.DeadLetter is not null;
        if (dies && (view.DropsInFlight > 0 || _count == MaxDeaths))
            return false;
        if (!dispatcher.CanPropose)
            return false;
        int bytes = view.State.Read(sequence).Bytes;
        view.Take(sequence);
        view.Away.Add(sequence);
        view.AwayBytes += bytes;
        _bytes += bytes;
        _count++;
        _ranges ??= [];
        SequenceRanges.Append(_ranges, sequence);
        if (_ranges.Count == QueueDispatcher.MaxRangesPerCommand)
            Send();
        return true;
    }

    public void Send()
    {
        if (_ranges is null || _ranges.Count == 0)
            return;
        dispatcher.Drop(view, reason, _ranges, _bytes, purge);
        _ranges = null;
        _count = 0;
        _bytes = 0;
    }
}
