namespace Cmq.MultiProtocol.Core.Metadata;

/// <summary>One inner node of a hash trie; immutable.</summary>
/// <param name="bitmap">Which of the 32 branches are present; 0 for a bucket of items with one and the same
/// hash.</param>
/// <param name="slots">Inner nodes and items, in branch order. Never changed.</param>
internal sealed class HashTrieNode(uint bitmap, object[] slots)
{
    public uint Bitmap { get; } = bitmap;

    public object[] Slots { get; } = slots;

    public bool IsBucket => Bitmap == 0;

    public HashTrieNode Replaced(int position, object slot)
    {
        var copy = (object[])Slots.Clone();
        copy[position] = slot;
        return new HashTrieNode(Bitmap, copy);
    }

    public HashTrieNode Inserted(int position, uint bit, object slot)
    {
        var copy = new object[Slots.Length + 1];
        Array.Copy(Slots, copy, position);
        copy[position] = slot;
        Array.Copy(Slots, position, copy, position + 1, Slots.Length - position);
        return new HashTrieNode(Bitmap | bit, copy);
    }

    public HashTrieNode Removed(int position, uint bit)
    {
        var copy = new object[Slots.Length - 1];
        Array.Copy(Slots, copy, position);
        Array.Copy(Slots, position + 1, copy, position, copy.Length - position);
        return new HashTrieNode(Bitmap & ~bit, copy);
    }
}
