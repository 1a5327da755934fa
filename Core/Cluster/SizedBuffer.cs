using System.Buffers;

namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>An array of just the size of what is written to it. One that grows is copied as often as it doubles, and
/// ends among the large objects, whose collection is that of everything.</summary>
/// <param name="bytes">All that will be written.</param>
internal sealed class SizedBuffer(int bytes) : IBufferWriter<byte>
{
    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(bytes);
    private int _written;

    public ReadOnlyMemory<byte> Written
    {
        get
        {
            Invariant.Check(_written == _bytes.Length, "a message has the size that was reckoned for it");
            return _bytes;
        }
    }

    public void Advance(int count) => _written += count;

    public Memory<byte> GetMemory(int sizeHint = 0) => _bytes.AsMemory(_written);

    public Span<byte> GetSpan(int sizeHint = 0) => _bytes.AsSpan(_written);
}
