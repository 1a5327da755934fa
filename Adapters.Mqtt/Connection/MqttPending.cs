using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Connection;

/// <summary>An operation that wakes the loop when it is done, and whose result is then taken once. Belongs into a field;
/// a copy of it is another one.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Taken exactly once, and only when completed.")]
internal struct MqttPending<T>
{
    private ValueTask<T> _task;

    /// <summary>Started and not taken.</summary>
    public bool IsActive { get; private set; }

    public readonly bool IsCompleted => IsActive && _task.IsCompleted;

    /// <param name="task">What goes on.</param>
    /// <param name="signal">Called when it is done, unless it is done now.</param>
    public void Start(ValueTask<T> task, Action signal)
    {
        _task = task;
        IsActive = true;
        if (!task.IsCompleted)
            task.GetAwaiter().UnsafeOnCompleted(signal);
    }

    /// <summary>Its result, or its exception; only when it is completed.</summary>
    public T Take()
    {
        IsActive = false;
        ValueTask<T> task = _task;
        _task = default;
        return task.GetAwaiter().GetResult();
    }
}
