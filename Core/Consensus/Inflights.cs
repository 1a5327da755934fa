namespace Cmq.MultiProtocol.Core.Consensus;

/// <summary>Appends under way to one follower, bounded by count and bytes.</summary>
internal sealed class Inflights(int maxMessages, int maxBytes)
{
    private readonly Queue<(long LastIndex, int Bytes)> _messages = [];
    private long _bytes;

    public bool IsFull => _messages.Count >= maxMessages || _bytes >= maxBytes;

    public void Add(long lastIndex, int bytes)
    {
        Invariant.Check(!IsFull, "An append is sent beyond the window of its follower.");
        _messages.Enqueue((lastIndex, bytes));
        _bytes += bytes;
    }

    public void AcknowledgedUpTo(long index)
    {
        while (_messages.TryPeek(out var first) && first.LastIndex <= index)
        {
            _bytes -= first.Bytes;
            _messages.Dequeue();
        }
    }

    public void Clear()
    {
        _messages.Clear();
        _bytes = 0;
    }
}
