namespace Cmq.MultiProtocol.Core.LastValues;

/// <summary>A node of the tree of the keys that have a last value: one level.</summary>
/// <param name="level">Text of the level that leads here; "" for the root.</param>
internal sealed class LastValueNode(string level)
{
    private static readonly Comparer<LastValueNode> ByLevel =
        Comparer<LastValueNode>.Create(static (a, b) => string.CompareOrdinal(a.Level, b.Level));

    private SortedSet<LastValueNode>? _next;

    public string Level => level;

    /// <summary>Of the key that ends here.</summary>
    public LastValue? Value { get; set; }

    public bool IsEmpty => Value is null && _next is null;

    /// <summary>The next levels in ordinal order.</summary>
    public IEnumerable<LastValueNode> Next => _next ?? Enumerable.Empty<LastValueNode>();

    /// <summary>The next levels in ordinal order, from one on.</summary>
    public IEnumerable<LastValueNode> NextFrom(string first)
    {
        if (_next?.Max is not { } last || string.CompareOrdinal(last.Level, first) < 0)
            return [];
        return _next.GetViewBetween(new LastValueNode(first), last);
    }

    public LastValueNode? Find(string next) =>
        _next is not null && _next.TryGetValue(new LastValueNode(next), out LastValueNode? found) ? found : null;

    public LastValueNode FindOrAdd(string next)
    {
        var node = new LastValueNode(next);
        _next ??= new SortedSet<LastValueNode>(ByLevel);
        if (_next.TryGetValue(node, out LastValueNode? found))
            return found;
        _next.Add(node);
        return node;
    }

    public void Remove(LastValueNode next)
    {
        _next!.Remove(next);
        if (_next.Count == 0)
            _next = null;
    }
}
