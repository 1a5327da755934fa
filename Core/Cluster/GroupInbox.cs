using Cmq.MultiProtocol.Core.Consensus;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>What is on its way to a group's thread, within bounds. Any thread adds; one takes.</summary>
/// <param name="wake">Wakes the one that takes.</param>
internal sealed class GroupInbox(Action wake)
{
    /// <summary>Requests on their way, a count; more are refused.</summary>
    public const int MaxRequests = 65_536;

    /// <summary>Batches and Raft entries on their way, bytes; more is dropped and repeated by its source.</summary>
    private const long MaxBytes = 128L * 1024 * 1024;

    private readonly Lock _gate = new();
    private List<GroupEvent> _filling = [];
    private List<GroupEvent> _taken = [];
    private long _bytes;
    private int _requests;
    private bool _closed;

    /// <returns>False: there is no room for it. What comes after <see cref="Close"/> is for nobody.</returns>
    public bool TryAdd(GroupEvent what)
    {
        lock (_gate)
        {
            if (_closed)
                return true;
            if (!HasRoomFor(what))
                return false;
            _filling.Add(what);
            // Whoever found it empty wakes the thread, and the thread takes all that has come by then.
            if (_filling.Count == 1)
                wake();
            return true;
        }
    }

    /// <summary>All that has come, in its order. The caller empties it before it takes again.</summary>
    public List<GroupEvent> Take()
    {
        lock (_gate)
        {
            (_filling, _taken) = (_taken, _filling);
            _bytes = 0;
            _requests = 0;
            return _taken;
        }
    }

    public void Close()
    {
        lock (_gate)
            _closed = true;
    }

    private bool HasRoomFor(GroupEvent what)
    {
        long bytes = what switch
        {
            GroupEvent.Batch batch => batch.Payload.Length,
            GroupEvent.Raft raft => EntrySize.Of(raft.Message.Entries),
            _ => 0,
        };
        if (bytes > 0 && _bytes > 0 && _bytes + bytes > MaxBytes)
            return false;
        if (what is GroupEvent.Request && ++_requests > MaxRequests)
            return false;
        _bytes += bytes;
        return true;
    }
}
