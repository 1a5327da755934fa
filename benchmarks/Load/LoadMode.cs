namespace Cmq.MultiProtocol.Benchmarks.Load;

public enum LoadMode
{
    /// <summary>Publish only, then consume what it left, then both at once.</summary>
    All,
    Publish,
    Both,

    /// <summary>Publish a number of messages and stop; they stay.</summary>
    Fill,

    /// <summary>Consume until the queues are quiet.</summary>
    Drain,

    /// <summary>Hold connections with one consumer each for the duration.</summary>
    Idle,
}
