using System.Diagnostics.CodeAnalysis;

namespace Cmq.MultiProtocol.Connections;

/// <summary>An operation that wakes the loop when it is done, and whose end is then taken once. Belongs into a field; a
/// copy of it is another one.</summary>
[SuppressMessage("Reliability", "CA2012", Justification = "Taken exactly once, and only when completed.")]
[SuppressMessage("Performance", "CA1815", Justification = "Never compared.")]
public struct Pending
{
    private ValueTask _task;

    /// <summary>Started and not taken.</summary>
    public bool IsActive { get; private set; }

    public readonly bool IsCompleted => IsActive && _task.IsCompleted;

    /// <param name="task">What goes on.</param>
    /// <param name="signal">Called when it is done, unless it is done now.</param>
    public void Start(ValueTask task, Action signal)
    {
        _task = task;
        IsActive = true;
        if (!task.IsCompleted)
            task.GetAwaiter().UnsafeOnCompleted(signal);
    }

    /// <summary>Only when it is completed.</summary>
    /// <exception cref="Exception">Whatever it failed with.</exception>
    public void Take()
    {
        IsActive = false;
        ValueTask task = _task;
        _task = default;
        task.GetAwaiter().GetResult();
    }
}
