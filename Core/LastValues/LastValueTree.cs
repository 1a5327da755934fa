using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>The last values of one topic, by the levels of their keys; in the order of the levels, ordinal.</summary>
internal sealed class LastValueTree
{
    private readonly LastValueNode _root = new("");

    public bool IsEmpty => _root.IsEmpty;

    public LastValue? Find(string key)
    {
        LastValueNode? node = _root;
        foreach (string level in Levels(key))
        {
            node = node.Find(level);
            if (node is null)
                return null;
        }

        return node.Value;
    }

    public void Put(string key, LastValue value)
    {
        LastValueNode node = _root;
        foreach (string level in Levels(key))
            node = node.FindOrAdd(level);
        node.Value = value;
    }

    /// <summary>Takes a value out; nothing when it is not there.</summary>
    public void Remove(string key) => Remove(_root, Levels(key));

    /// <summary>All values with their keys, in order.</summary>
    public IEnumerable<(string Key, LastValue Value)> All() => All(_root, []);

    /// <summary>Hands out the values whose keys match, in order.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="after">Only keys behind this one; null = from the first.</param>
    /// <param name="most">Nodes to look at: a pattern may match few of many keys.</param>
    /// <param name="visit">Says whether to go on.</param>
    /// <returns>The key to go on behind when there was more to look at; null when the walk came to its end, or was
    /// ended.</returns>
    public string? Match(in LevelPattern pattern, string? after, int most, Func<LastValue, bool> visit)
    {
        var walk = new Walk(visit, most);
        Match(_root, pattern, pattern.Start, 0, after is null ? null : Levels(after), walk);
        return walk.StoppedAt;
    }

    /// <param name="node">Where the walk is.</param>
    /// <param name="pattern">The pattern.</param>
    /// <param name="places">Where it is in the pattern.</param>
    /// <param name="depth">Levels down to the node.</param>
    /// <param name="after">While the node is on the way to that key; null once it is behind it.</param>
    /// <param name="walk">Says whether to go on.</param>
    private static bool Match(
        LastValueNode node,
        in LevelPattern pattern,
        UInt128 places,
        int depth,
        string[]? after,
        Walk walk)
    {
        if (after is null && node.Value is { } value && pattern.Ends(places) && !walk.Visit(value))
            return false;
        if (pattern.IsOver(places))
            return true;
        foreach (LastValueNode next in NextOf(node, pattern.OnlyNext(places), depth, after))
        {
            if (walk.IsOver)
                return false;
            walk.Enter(next.Level);
            bool goesOn = true;
            if (depth > 0 || !pattern.SkipsReserved || !LevelKey.IsReserved(next.Level))
            {
                UInt128 then = pattern.Step(places, next.Level);
                bool isOnTheWay = after is not null && depth < after.Length && next.Level == after[depth];
                goesOn = then == UInt128.Zero
                    || Match(next, pattern, then, depth + 1, isOnTheWay ? after : null, walk);
            }

            if (!goesOn)
                return false;
            walk.Leave();
        }

        return true;
    }

    private static IEnumerable<LastValueNode> NextOf(LastValueNode node, string? only, int depth, string[]? after)
    {
        string? first = after is not null && depth < after.Length ? after[depth] : null;
        if (only is null)
            return first is null ? node.Next : node.NextFrom(first);
        return (first is null || string.CompareOrdinal(only, first) >= 0) && node.Find(only) is { } next ? [next] : [];
    }

    private static void Remove(LastValueNode node, ReadOnlySpan<string> levels)
    {
        if (levels.IsEmpty)
        {
            node.Value = null;
        }
        else if (node.Find(levels[0]) is { } next)
        {
            Remove(next, levels[1..]);
            if (next.IsEmpty)
                node.Remove(next);
        }
    }

    private static IEnumerable<(string Key, LastValue Value)> All(LastValueNode node, List<string> path)
    {
        if (node.Value is { } value)
            yield return (string.Join(LevelKey.Separator, path), value);
        foreach (LastValueNode next in node.Next)
        {
            path.Add(next.Level);
            foreach ((string Key, LastValue Value) one in All(next, path))
                yield return one;
            path.RemoveAt(path.Count - 1);
        }
    }

    private static string[] Levels(string key) => key.Length == 0 ? [] : key.Split(LevelKey.Separator);

    /// <summary>One walk through the tree.</summary>
    private sealed class Walk(Func<LastValue, bool> visit, int most)
    {
        private readonly List<string> _path = [];
        private string? _last;
        private int _left = most;

        /// <summary>The node that was looked at last, if there is another one and the walk may look at no more.</summary>
        public string? StoppedAt { get; private set; }

        /// <summary>Asked when there is another node.</summary>
        public bool IsOver
        {
            get
            {
                if (_left > 0)
                    return false;
                StoppedAt = _last ?? "";
                return true;
            }
        }

        public bool Visit(LastValue value) => visit(value);

        public void Enter(string level)
        {
            _path.Add(level);
            // Only where it may be asked for.
            if (--_left == 0)
                _last = string.Join(LevelKey.Separator, _path);
        }

        public void Leave() => _path.RemoveAt(_path.Count - 1);
    }
}
