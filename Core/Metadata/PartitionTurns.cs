using System.Collections.Concurrent;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>Round robin per node and topic. Thread-safe; not state: a node that starts begins anew.</summary>
public sealed class PartitionTurns
{
    /// <summary>Topics whose turns are counted; above, all begin anew.</summary>
    private const int MaxTopics = 65_536;

    private readonly ConcurrentDictionary<TopicId, Turn> _turns = new();

    public uint Next(TopicId topic)
    {
        if (_turns.TryGetValue(topic, out Turn? turn))
            return turn.Next();
        if (_turns.Count >= MaxTopics)
            _turns.Clear();
        return _turns.GetOrAdd(topic, static _ => new Turn()).Next();
    }

    private sealed class Turn
    {
        private uint _next = uint.MaxValue;

        public uint Next() => Interlocked.Increment(ref _next);
    }
}
