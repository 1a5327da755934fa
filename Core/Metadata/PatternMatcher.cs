namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// Walks a trie of patterns with a key, all ways at once. Taking one way after the other would need a time
/// exponential in the number of <c>#</c>, and clients choose patterns and keys: here it is at most levels
/// times nodes. Reusable; one thread at a time.
/// </summary>
internal sealed class PatternMatcher
{
    private List<PatternNode> _present = [];
    private List<PatternNode> _next = [];

    // A "#" that was reached stays reached, because it may stand for every level that follows.
    private readonly HashSet<PatternNode> _reachedAny = new(ReferenceEqualityComparer.Instance);

    /// <summary>The nodes at which patterns end that match the key; valid until the next call.</summary>
    public List<PatternNode> Match(PatternNode root, ReadOnlySpan<char> key)
    {
        _present.Clear();
        _reachedAny.Clear();
        _present.Add(root);
        AddAny(_present);

        // The empty key has no level at all, "a." has two.
        for (int start = 0; start <= key.Length && !key.IsEmpty && _present.Count > 0;)
        {
            int cut = key[start..].IndexOf(PatternNode.Separator);
            int end = cut < 0 ? key.Length : start + cut;
            Step(key[start..end]);
            start = end + 1;
        }
        return _present;
    }

    /// <summary>Lets go of the trie.</summary>
    public void Clear()
    {
        _present.Clear();
        _next.Clear();
        _reachedAny.Clear();
    }

    private void Step(ReadOnlySpan<char> level)
    {
        _next.Clear();
        foreach (PatternNode node in _present)
        {
            if (_reachedAny.Contains(node))
                _next.Add(node);
            if (node.One is { } one)
                _next.Add(one);
            if (node.Children.Find(level) is { } child)
                _next.Add(child);
        }
        AddAny(_next);
        (_present, _next) = (_next, _present);
    }

    // "#" may stand for no level: it is reached together with the node before it.
    private void AddAny(List<PatternNode> nodes)
    {
        for (int i = 0; i < nodes.Count; i++)
        {
            if (nodes[i].Any is { } any && _reachedAny.Add(any))
                nodes.Add(any);
        }
    }
}
