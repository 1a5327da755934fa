namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>How a <see cref="HashTrie{TItem, TKey, TRule}"/> finds an item: the item itself holds its key, which
/// saves the memory of a pair.</summary>
internal interface IKeyRule<TItem, TKey>
    where TKey : allows ref struct
{
    static abstract TKey KeyOf(TItem item);

    static abstract int HashOf(TKey key);

    static abstract bool Same(TKey left, TKey right);
}
