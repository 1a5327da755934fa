namespace Cmq.MultiProtocol.Core.Cluster;

/// <summary>Bytes that several lanes count together. Thread-safe.</summary>
internal sealed class ByteCount
{
    private long _bytes;

    public long Value => Interlocked.Read(ref _bytes);

    public void Add(long bytes) => Interlocked.Add(ref _bytes, bytes);
}
