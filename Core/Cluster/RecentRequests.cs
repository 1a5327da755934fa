using Cmq.MultiProtocol.Core.Queues;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>The latest requests that a leader took up, a bounded number. Group thread.</summary>
internal sealed class RecentRequests
{
    private const int Kept = 4096;

    private readonly HashSet<RequestId> _known = [];
    private readonly Queue<RequestId> _order = [];

    /// <returns>False: it is known already.</returns>
    public bool TryAdd(RequestId request)
    {
        if (!_known.Add(request))
            return false;
        _order.Enqueue(request);
        if (_order.Count > Kept)
            _known.Remove(_order.Dequeue());
        return true;
    }

    public void Clear()
    {
        _known.Clear();
        _order.Clear();
    }
}
