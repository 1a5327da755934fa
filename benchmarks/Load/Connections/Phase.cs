namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>Where the run is; every connection looks at it. Thread-safe.</summary>
public sealed class Phase
{
    private volatile bool _isMeasured;
    private volatile bool _isOver;

    /// <summary>Between warm-up and end: latencies count.</summary>
    public bool IsMeasured
    {
        get => _isMeasured;
        set => _isMeasured = value;
    }

    /// <summary>Nothing new is begun.</summary>
    public bool IsOver
    {
        get => _isOver;
        set => _isOver = value;
    }
}
