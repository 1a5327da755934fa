namespace Cmq.MultiProtocol.Interop;

/// <summary>The last lines of a process. Thread-safe.</summary>
public sealed class BoundedText(int maxLines = 2_000)
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new();

    public IReadOnlyList<string> Lines
    {
        get
        {
            lock (_lock)
                return [.. _lines];
        }
    }

    public void Add(string line)
    {
        lock (_lock)
        {
            _lines.Enqueue(line);
            if (_lines.Count > maxLines)
                _lines.Dequeue();
        }
    }

    public override string ToString() => string.Join(Environment.NewLine, Lines);
}
