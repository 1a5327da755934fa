using System.Buffers;
using Cmq.MultiProtocol.Core.Groups;

namespace Cmq.MultiProtocol.Core.Queues;

/// <summary>
/// Rows of sealed blocks that are in memory, bounded by bytes; the others are in the block store. A block is written when
/// it has to leave for the first time, or for a snapshot: one that is settled before is never written at all.
/// </summary>
/// <param name="store">Where the others are.</param>
/// <param name="maxBytes">Rows in memory; one block stays whatever its size.</param>
internal sealed class RowCache(IBlockStore store, long maxBytes)
{
    private readonly LinkedList<CachedRows> _loaded = new();
    private readonly ArrayBufferWriter<byte> _block = new();

    /// <summary>What the cached rows take in memory.</summary>
    public long Bytes { get; private set; }

    /// <summary>The block gets no more rows.</summary>
    public void Seal(BlockName name, RowBlock block)
    {
        block.Seal();
        Admit(name, block);
    }

    /// <summary>Makes sure that the rows of a block are in memory. They may go again when others are loaded.</summary>
    public void Load(BlockName name, RowBlock block)
    {
        block.IsTouched = true;
        if (block.IsLoaded)
            return;
        var input = new QueueCommandReader(store.Read(name));
        block.ReadRows(ref input);
        input.End();
        Admit(name, block);
    }

    /// <summary>The state needs the block no more.</summary>
    public void Forget(BlockName name, RowBlock block)
    {
        if (block.Place is not null)
            Remove(block);
        if (block.IsStored)
            store.Forget(name);
    }

    /// <summary>Writes every block that was not written before, so that a snapshot may name it.</summary>
    public void StoreAll()
    {
        foreach (CachedRows cached in _loaded)
            Store(cached);
    }

    /// <summary>Whether the store has a block that a snapshot names.</summary>
    public bool Has(BlockName name) => store.Contains(name);

    private void Admit(BlockName name, RowBlock block)
    {
        block.IsTouched = true;
        block.Place = _loaded.AddLast(new CachedRows(name, block));
        Bytes += block.LoadedBytes;
        while (Bytes > maxBytes && _loaded.Count > 1)
        {
            CachedRows oldest = _loaded.First!.Value;
            if (oldest.Block.IsTouched)
            {
                // Once more round for those that were read meanwhile.
                oldest.Block.IsTouched = false;
                LinkedListNode<CachedRows> place = _loaded.First;
                _loaded.RemoveFirst();
                _loaded.AddLast(place);
                continue;
            }

            Store(oldest);
            Remove(oldest.Block);
        }
    }

    private void Remove(RowBlock block)
    {
        Bytes -= block.LoadedBytes;
        _loaded.Remove(block.Place!);
        block.Place = null;
        block.Unload();
    }

    private void Store(in CachedRows cached)
    {
        if (cached.Block.IsStored)
            return;
        _block.ResetWrittenCount();
        cached.Block.WriteRows(_block);
        store.Put(cached.Name, _block.WrittenSpan);
        cached.Block.Stored();
    }
}
