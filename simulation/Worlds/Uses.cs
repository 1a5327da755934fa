namespace Cmq.MultiProtocol.Simulation.Worlds;

/// <summary>What the clients of a world ask for beside publishing, consuming and settling.</summary>
[Flags]
internal enum Uses
{
    None = 0,

    /// <summary>Messages that are not visible before some time.</summary>
    Delays = 1,

    /// <summary>Messages and queues with a time to live.</summary>
    Expiry = 2,

    /// <summary>Queues whose dead messages go to another one.</summary>
    DeadLetters = 4,

    /// <summary>Queues that keep what is settled, and are rewound.</summary>
    Rewinds = 8,

    /// <summary>Sessions that several clients take from each other.</summary>
    Sessions = 16,

    /// <summary>A topic with partitions, and a consumer group that locks them and stores its offsets.</summary>
    Partitions = 32,
}
