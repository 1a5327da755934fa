using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>
/// A read handle and the map of one segment, shared by readers on any thread. Counted: the handle closes when
/// the owner has retired it and the last reader has let go, so nobody reads through a closed descriptor.
/// </summary>
internal sealed class SegmentReader(long segment, SafeFileHandle file, SegmentMap map)
{
    private int _users = 1;

    public long Segment { get; } = segment;

    public SegmentMap Map { get; } = map;

    /// <summary>What the map of a sealed segment takes in memory.</summary>
    public long MapBytes { get; init; }

    public bool TryAcquire()
    {
        int users = Volatile.Read(ref _users);
        while (users > 0)
        {
            int seen = Interlocked.CompareExchange(ref _users, users + 1, users);
            if (seen == users)
                return true;
            users = seen;
        }

        return false;
    }

    public void Release()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            file.Dispose();
    }

    /// <exception cref="StoreDamageException">The bytes are not there, or cannot be read.</exception>
    public void Read(Span<byte> target, long offset)
    {
        int done = 0;
        while (done < target.Length)
        {
            int read = ReadSome(target[done..], offset + done);
            if (read == 0)
                throw new StoreDamageException($"Segment {Segment} ends at {offset + done}, before an entry's end.");
            done += read;
        }
    }

    private int ReadSome(Span<byte> target, long offset)
    {
        try
        {
            return RandomAccess.Read(file, target, offset);
        }
        catch (IOException error)
        {
            throw new StoreDamageException($"Segment {Segment} cannot be read at {offset}: {error.Message}");
        }
    }
}
