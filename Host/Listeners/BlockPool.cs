using System.Buffers;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>The memory of a listener's connections: large blocks while the stock has some, and then Kestrel's small ones. So
/// what many connections hold at the same moment, each in the middle of a message, stays what it is with small blocks.
/// Thread-safe.</summary>
/// <param name="large">Shared with other pools.</param>
/// <param name="small">Kestrel's; this pool's own.</param>
internal sealed class BlockPool(BlockStock large, MemoryPool<byte> small) : MemoryPool<byte>
{
    private volatile bool _disposed;

    /// <summary>What is wanted in one piece beyond that comes from elsewhere, as without this pool.</summary>
    public override int MaxBufferSize => small.MaxBufferSize;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">More than <see cref="MaxBufferSize"/>.</exception>
    /// <exception cref="ObjectDisposedException">The listener has ended.</exception>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, MaxBufferSize);
        return large.TryRent() ?? small.Rent(minBufferSize);
    }

    protected override void Dispose(bool disposing)
    {
        // What is lent of the stock goes back to it, whenever that is.
        _disposed = true;
        if (disposing)
            small.Dispose();
    }
}
