using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// The twin of the blocks on disk in memory: what no snapshot names is gone with the object. Not thread-safe.
/// </summary>
/// <param name="blocks">What a snapshot names.</param>
public sealed class InMemoryBlocks(IReadOnlyDictionary<BlockName, byte[]> blocks) : IGroupBlocks
{
    private Dictionary<BlockName, byte[]> _blocks = new(blocks);

    public InMemoryBlocks() : this(new Dictionary<BlockName, byte[]>())
    {
    }

    public int Count => _blocks.Count;

    public void Put(BlockName name, ReadOnlySpan<byte> block)
    {
        Invariant.Check(!_blocks.ContainsKey(name), "a block is put once");
        _blocks.Add(name, block.ToArray());
    }

    public ReadOnlyMemory<byte> Read(BlockName name)
    {
        Invariant.Check(_blocks.TryGetValue(name, out byte[]? block), "a block is read that is not there");
        return block;
    }

    public bool Contains(BlockName name) => _blocks.ContainsKey(name);

    public void Forget(BlockName name) => Invariant.Check(_blocks.Remove(name), "a block is forgotten once");

    public IBlockSet Capture() => new InMemoryBlockSet(_blocks);

    /// <summary>A snapshot took the place of the state.</summary>
    internal void Replace(IReadOnlyDictionary<BlockName, byte[]> installed) => _blocks = new(installed);
}
