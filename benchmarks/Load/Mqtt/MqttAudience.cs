using Cmq.MultiProtocol.Benchmarks.Load.Connections;

namespace Cmq.MultiProtocol.Benchmarks.Load.Mqtt;

/// <summary>Who subscribes, and which publishers wait for it. Thread-safe once all are connected.</summary>
public sealed class MqttAudience
{
    private readonly List<Progress> _waiting = [];
    private int _subscribers;

    /// <summary>Whether anybody subscribes.</summary>
    public bool IsThere => Volatile.Read(ref _subscribers) > 0;

    public void Joined() => Interlocked.Increment(ref _subscribers);

    public void Left() => Interlocked.Decrement(ref _subscribers);

    /// <summary>A publisher will wait; called while nobody publishes.</summary>
    public void Add(Progress progress) => _waiting.Add(progress);

    /// <summary>Something arrived.</summary>
    public void Heard()
    {
        foreach (Progress progress in _waiting)
            progress.Made();
    }
}
