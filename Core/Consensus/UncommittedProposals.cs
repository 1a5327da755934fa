namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>A leader's proposals that still cost memory; above the limit proposals are refused.</summary>
internal sealed class UncommittedProposals(int limitBytes)
{
    private readonly Queue<(long Index, int Bytes)> _proposals = [];
    private long _bytes;

    /// <summary>A single proposal always fits, else one that is larger than the limit never would.</summary>
    public bool HasRoomFor(int bytes) => _bytes == 0 || _bytes + bytes <= limitBytes;

    public void Add(long index, int bytes)
    {
        _proposals.Enqueue((index, bytes));
        _bytes += bytes;
    }

    public void ReleaseUpTo(long index)
    {
        while (_proposals.TryPeek(out var first) && first.Index <= index)
        {
            _bytes -= first.Bytes;
            _proposals.Dequeue();
        }
    }

    public void Clear()
    {
        _proposals.Clear();
        _bytes = 0;
    }
}
