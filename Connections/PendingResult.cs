using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Connections;

/// <summary>As <see cref="Pending"/>, with a result.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Taken exactly once, and only when completed.")]
[SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
public struct PendingResult<T>
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

    /// <summary>Only when it is completed.</summary>
    /// <exception cref="Exception">Whatever it failed with.</exception>
    public T Take()
    {
        IsActive = false;
        ValueTask<T> task = _task;
        _task = default;
        return task.GetAwaiter().GetResult();
    }
}
