using Cmq.MultiProtocol.Core;

namespace Cmq.MultiProtocol.Simulation.Checks;

/// <summary>A queue as the clients know it. Its name is never used again.</summary>
internal sealed class TestQueue(string name)
{
    public string Name => name;

    /// <summary>Known once a declaration was answered.</summary>
    public QueueId? Id { get; set; }

    /// <summary>Where it is.</summary>
    public GroupId Group { get; set; }

    /// <summary>Somebody was told that it exists.</summary>
    public bool IsDeclared { get; set; }

    /// <summary>Somebody has begun to delete it: from here on nothing is promised.</summary>
    public bool IsDeleting { get; set; }

    public Dictionary<long, TestMessage> BySequence { get; } = [];

    public List<TestMessage> Messages { get; } = [];
}
