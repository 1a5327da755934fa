using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>A queue as the clients know it. Its name is never used again.</summary>
internal sealed class TestQueue(string name)
{
    /// <summary>A rewind window that no queue of these worlds outlives, whatever their clocks do, ms.</summary>
    public const long SureRewindMs = 3_600_000;

    public string Name => name;

    public QueueSettings Settings { get; set; } = new();

    /// <summary>Where what dies in it goes; null = nowhere.</summary>
    public TestQueue? DeadLetters { get; init; }

    /// <summary>Others' dead letters come here, and nobody publishes to it.</summary>
    public bool TakesLetters { get; init; }

    /// <summary>Known once a declaration was answered.</summary>
    public QueueId? Id { get; set; }

    /// <summary>Where it is.</summary>
    public GroupId Group { get; set; }

    /// <summary>Somebody was told that it exists.</summary>
    public bool IsDeclared { get; set; }

    /// <summary>Somebody has begun to delete it: from here on nothing is promised.</summary>
    public bool IsDeleting { get; set; }

    /// <summary>When somebody was told last that it is rewound, microseconds.</summary>
    public long RewoundAtUs { get; set; } = -1;

    /// <summary>From which log time on, ms, rewinds go that may yet come.</summary>
    public List<long> OpenRewinds { get; } = [];

    public Dictionary<long, TestMessage> BySequence { get; } = [];

    public List<TestMessage> Messages { get; } = [];

    /// <summary>Dead letters that were seen in it, by the number of the message.</summary>
    public SortedDictionary<long, TestMessage> Letters { get; } = [];

    /// <summary>Whether a rewind may bring back what was published at that log time, ms.</summary>
    public bool MayRewind(long publishedMs) => OpenRewinds.Any(fromMs => fromMs <= publishedMs);
}
