namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>Who is next: the highest priority first, in turn within one.</summary>
internal sealed class Turns
{
    private static readonly Comparer<int> Descending = Comparer<int>.Create(static (a, b) => b.CompareTo(a));

    /// <summary>By descending priority; a level that nobody stands in any more goes when it is met.</summary>
    private readonly SortedList<int, Queue<Taker>> _levels = new(Descending);

    /// <summary>Puts a taker at the end of its level, unless it stands there or wants nothing.</summary>
    public void Join(Taker taker)
    {
        if (taker.HasTurn || !taker.Wants)
            return;
        if (!_levels.TryGetValue(taker.Priority, out Queue<Taker>? level))
            _levels.Add(taker.Priority, level = new Queue<Taker>());
        taker.HasTurn = true;
        level.Enqueue(taker);
    }

    /// <summary>The one whose turn it is, without moving it.</summary>
    public bool TryPeek(out Taker? taker)
    {
        while (_levels.Count > 0)
        {
            Queue<Taker> level = _levels.GetValueAtIndex(0);
            while (level.TryPeek(out taker))
            {
                if (taker.Wants)
                    return true;
                taker.HasTurn = false;
                level.Dequeue();
            }

            _levels.RemoveAt(0);
        }

        taker = null;
        return false;
    }

    /// <summary>The peeked one has had its turn.</summary>
    public void Move(Taker taker)
    {
        _levels[taker.Priority].Dequeue();
        taker.HasTurn = false;
        Join(taker);
    }
}
