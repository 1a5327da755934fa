using System.Buffers;
using System.Runtime.InteropServices;

namespace Cmq.MultiProtocol.Host.Listeners;

/// <summary>A bounded number of large blocks of memory that connections read into and write from: a busy connection receives
/// more with one call. Those that exist are kept, so the bound is what it ever takes. Thread-safe.</summary>
/// <param name="blockBytes">Size of a block.</param>
/// <param name="maxBlocks">A count: so many exist at most, lent or not.</param>
internal sealed class BlockStock(int blockBytes, int maxBlocks)
{
    private readonly Lock _gate = new();

    /// <summary>The one that came back last goes first: it is in the processor's cache.</summary>
    private readonly Stack<byte[]> _free = [];
    private int _made;

    /// <summary>A count.</summary>
    public int LentBlocks
    {
        get
        {
            lock (_gate)
                return _made - _free.Count;
        }
    }

    /// <summary>Lends a block.</summary>
    /// <returns>Goes back when it is disposed; null: all are lent.</returns>
    public IMemoryOwner<byte>? TryRent()
    {
        lock (_gate)
        {
            if (_free.TryPop(out byte[]? bytes))
                return new Block(this, bytes);
            if (_made == maxBlocks)
                return null;
            _made++;
        }

        // Pinned, because sockets would pin it for each call, and the collector would have to go around it.
        return new Block(this, GC.AllocateUninitializedArray<byte>(blockBytes, pinned: true));
    }

    private void Return(byte[] bytes)
    {
        lock (_gate)
            _free.Push(bytes);
    }

    /// <summary>One loan. Never used again after it, so that whoever disposes it twice cannot give away what was lent to
    /// another meanwhile.</summary>
    private sealed class Block(BlockStock stock, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory
        {
            get
            {
                byte[]? bytes = Volatile.Read(ref _bytes);
                ObjectDisposedException.ThrowIf(bytes is null, this);
                return MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length);
            }
        }

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } bytes)
                stock.Return(bytes);
        }
    }
}
