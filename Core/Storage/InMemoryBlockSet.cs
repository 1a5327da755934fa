using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Blocks of an <see cref="InMemoryBlocks"/> at one moment.</summary>
internal sealed class InMemoryBlockSet(Dictionary<BlockName, byte[]> blocks) : IBlockSet
{
    private readonly KeyValuePair<BlockName, byte[]>[] _blocks = [.. blocks];

    public IReadOnlyList<BlockName> Names { get; } = [.. blocks.Keys];

    public byte[] Read(int position) => _blocks[position].Value;

    public Dictionary<BlockName, byte[]> ToDictionary() => new(_blocks);

    public void Dispose()
    {
        // Holds nothing that anybody waits for.
    }
}
