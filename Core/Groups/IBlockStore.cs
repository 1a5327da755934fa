namespace Cmq.MultiProtocol.Core.Groups;

/// <summary>
/// Where a group's machine puts what it need not have in memory: immutable blocks by name. What is in here and in no
/// snapshot is gone after a crash; the snapshot and the log after it make it anew. One thread at a time.
/// </summary>
/// <remarks>Reading and writing fail with an exception that must end the group: there is no state without them.</remarks>
public interface IBlockStore
{
    /// <summary>Keeps a copy of a block; it can be read at once. The name is not in use.</summary>
    void Put(BlockName name, ReadOnlySpan<byte> block);

    /// <summary>The block, checked; the memory is good until the next call.</summary>
    ReadOnlyMemory<byte> Read(BlockName name);

    bool Contains(BlockName name);

    /// <summary>The state needs the block no more.</summary>
    void Forget(BlockName name);
}
