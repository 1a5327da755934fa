using System.Buffers;
using Microsoft.AspNetCore.Connections;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>Where Kestrel gets the pools of a listener: it asks once for each of its queues of sockets.</summary>
/// <param name="large">Shared by all of them.</param>
/// <param name="kestrels">Makes the pools of small blocks; gives back by itself what is idle in them.</param>
internal sealed class BlockPoolFactory(BlockStock large, IMemoryPoolFactory<byte> kestrels) : IMemoryPoolFactory<byte>
{
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new BlockPool(large, kestrels.Create(options));
}
