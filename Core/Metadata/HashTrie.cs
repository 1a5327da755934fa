using System.Diagnostics.CodeAnalysis;
using System.Numerics;

namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>
/// A persistent hash table: a change copies one path of at most seven nodes and leaves the old table as it
/// was, so that readers on other threads keep a consistent view without locks. About 20 bytes an item beside
/// the item. The order of a walk depends on the process (hashes are seeded); whoever needs an order sorts.
/// </summary>
internal readonly struct HashTrie<TItem, TKey, TRule>
    where TItem : class
    where TKey : allows ref struct
    where TRule : IKeyRule<TItem, TKey>
{
    private const int BitsPerLevel = 5;
    private const int Levels = 7;

    private readonly object? _root;

    private HashTrie(object? root, int count)
    {
        _root = root;
        Count = count;
    }

    public int Count { get; }

    /// <summary>Whether nothing was changed between the two.</summary>
    public bool IsSameAs(HashTrie<TItem, TKey, TRule> other) => ReferenceEquals(_root, other._root);

    public TItem? Find(TKey key)
    {
        object? at = _root;
        if (at is null)
            return null;
        for (int hash = TRule.HashOf(key); at is HashTrieNode node; hash >>>= BitsPerLevel)
        {
            if (node.IsBucket)
                return FindInBucket(node, key) is >= 0 and int found ? (TItem)node.Slots[found] : null;
            uint bit = 1u << (hash & 31);
            if ((node.Bitmap & bit) == 0)
                return null;
            at = node.Slots[BitOperations.PopCount(node.Bitmap & (bit - 1))];
        }
        var item = (TItem)at;
        return TRule.Same(TRule.KeyOf(item), key) ? item : null;
    }

    /// <summary>Adds the item, or puts it in the place of the one with its key.</summary>
    [SuppressMessage("Naming", "CA1716", Justification = "The word for it.")]
    public HashTrie<TItem, TKey, TRule> With(TItem item)
    {
        bool added = false;
        object root = Put(_root, item, TRule.HashOf(TRule.KeyOf(item)), 0, ref added);
        return new(root, added ? Count + 1 : Count);
    }

    public HashTrie<TItem, TKey, TRule> Without(TKey key)
    {
        object? root = Take(_root, key, TRule.HashOf(key), 0);
        return ReferenceEquals(root, _root) ? this : new(root, Count - 1);
    }

    public void ForEach<TVisitor>(ref TVisitor visitor)
        where TVisitor : struct, IItemVisitor<TItem>
    {
        if (_root is not null)
            Walk(_root, ref visitor);
    }

    /// <summary>Any item; null when empty.</summary>
    public TItem? Any()
    {
        object? at = _root;
        while (at is HashTrieNode node)
            at = node.Slots[0];
        return (TItem?)at;
    }

    public List<TItem> ToList()
    {
        var collector = new Collector(new List<TItem>(Count));
        ForEach(ref collector);
        return collector.Items;
    }

    private static void Walk<TVisitor>(object at, ref TVisitor visitor)
        where TVisitor : struct, IItemVisitor<TItem>
    {
        if (at is HashTrieNode node)
        {
            foreach (object slot in node.Slots)
                Walk(slot, ref visitor);
        }
        else
        {
            visitor.Visit((TItem)at);
        }
    }

    private static object Put(object? at, TItem item, int hash, int level, ref bool added)
    {
        if (at is null)
        {
            added = true;
            return item;
        }
        if (at is HashTrieNode node)
            return node.IsBucket ? PutInBucket(node, item, ref added) : PutInNode(node, item, hash, level, ref added);
        var present = (TItem)at;
        if (TRule.Same(TRule.KeyOf(present), TRule.KeyOf(item)))
            return item;
        added = true;
        return Split(present, TRule.HashOf(TRule.KeyOf(present)), item, hash, level);
    }

    private static HashTrieNode PutInNode(HashTrieNode node, TItem item, int hash, int level, ref bool added)
    {
        uint bit = BitOf(hash, level);
        int position = BitOperations.PopCount(node.Bitmap & (bit - 1));
        if ((node.Bitmap & bit) != 0)
            return node.Replaced(position, Put(node.Slots[position], item, hash, level + 1, ref added));
        added = true;
        return node.Inserted(position, bit, item);
    }

    private static HashTrieNode PutInBucket(HashTrieNode bucket, TItem item, ref bool added)
    {
        int found = FindInBucket(bucket, TRule.KeyOf(item));
        if (found >= 0)
            return bucket.Replaced(found, item);
        added = true;
        return bucket.Inserted(bucket.Slots.Length, 0, item);
    }

    private static HashTrieNode Split(TItem present, int presentHash, TItem item, int hash, int level)
    {
        if (level == Levels)
            return new HashTrieNode(0, [present, item]);
        uint presentBit = BitOf(presentHash, level);
        uint bit = BitOf(hash, level);
        if (presentBit == bit)
            return new HashTrieNode(bit, [Split(present, presentHash, item, hash, level + 1)]);
        return new HashTrieNode(presentBit | bit, presentBit < bit ? [present, item] : [item, present]);
    }

    private static object? Take(object? at, TKey key, int hash, int level)
    {
        if (at is null)
            return null;
        if (at is not HashTrieNode node)
            return TRule.Same(TRule.KeyOf((TItem)at), key) ? null : at;

        uint bit = node.IsBucket ? 0 : BitOf(hash, level);
        int position;
        if (node.IsBucket)
        {
            position = FindInBucket(node, key);
            if (position < 0)
                return node;
        }
        else
        {
            if ((node.Bitmap & bit) == 0)
                return node;
            position = BitOperations.PopCount(node.Bitmap & (bit - 1));
            object child = node.Slots[position];
            object? left = Take(child, key, hash, level + 1);
            if (ReferenceEquals(left, child))
                return node;
            if (left is not null)
                return node.Slots.Length == 1 && left is not HashTrieNode ? left : node.Replaced(position, left);
        }
        if (node.Slots.Length == 1)
            return null;
        // A node with one item would be a longer way to it: the item takes the node's place.
        if (node.Slots.Length == 2 && node.Slots[1 - position] is not HashTrieNode)
            return node.Slots[1 - position];
        return node.Removed(position, bit);
    }

    private static int FindInBucket(HashTrieNode bucket, TKey key)
    {
        for (int i = 0; i < bucket.Slots.Length; i++)
        {
            if (TRule.Same(TRule.KeyOf((TItem)bucket.Slots[i]), key))
                return i;
        }
        return -1;
    }

    private static uint BitOf(int hash, int level) => 1u << ((hash >>> (BitsPerLevel * level)) & 31);

    private readonly struct Collector(List<TItem> items) : IItemVisitor<TItem>
    {
        public List<TItem> Items { get; } = items;

        public void Visit(TItem item) => Items.Add(item);
    }
}
