namespace Cmq.MultiProtocol.Connections;

/// <summary>Whom to wake when a turn is over. In one turn a publisher's loop speaks to many others, and to each of them
/// many times: woken by the first word, each would go round and flush for every message. There is one list per thread,
/// open while a loop has a turn on it.</summary>
public sealed class WakeList
{
    /// <summary>Words that may wait, a count: about a millisecond for whom the first one is for.</summary>
    private const int MaxWords = 4_096;

    [ThreadStatic]
    private static WakeList? t_list;

    private readonly List<Wake> _wakes = [];
    private int _words;
    private bool _isOpen;

    /// <summary>A turn begins on this thread; it ends on it, too.</summary>
    public static WakeList Begin()
    {
        WakeList list = t_list ??= new WakeList();
        list._isOpen = true;
        return list;
    }

    /// <returns>False: no loop has a turn on this thread, so nobody would wake it.</returns>
    public static bool TryAdd(Wake wake)
    {
        if (t_list is not { _isOpen: true } list)
            return false;
        list.Add(wake);
        return true;
    }

    public void End()
    {
        _isOpen = false;
        WakeAll();
    }

    private void Add(Wake wake)
    {
        // Another thread may have it in its list, too, and write over this: then it is here twice.
        if (wake.HeldBy != this)
        {
            wake.HeldBy = this;
            _wakes.Add(wake);
        }
        if (++_words >= MaxWords)
            WakeAll();
    }

    private void WakeAll()
    {
        foreach (Wake wake in _wakes)
        {
            wake.HeldBy = null;
            wake.Signal();
        }
        // As many as words at most, so the list needs no bound of its own.
        _wakes.Clear();
        _words = 0;
    }
}
