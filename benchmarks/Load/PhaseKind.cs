namespace Cmq.MultiProtocol.Benchmarks.Load;

/// <summary>What a run does, one after the other.</summary>
public enum PhaseKind
{
    /// <summary>Publish for the duration; nobody consumes.</summary>
    Produce,

    /// <summary>Publish a number of messages; nobody consumes.</summary>
    Fill,

    /// <summary>Consume all that is there.</summary>
    Consume,

    /// <summary>Publish and consume for the duration.</summary>
    Both,

    /// <summary>Hold connections that do nothing, and read the broker's memory. Stands alone.</summary>
    Idle,
}
