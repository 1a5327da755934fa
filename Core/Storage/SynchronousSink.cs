using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>Writes through an O_SYNC handle: the call returns when the disk has it.</summary>
internal sealed class SynchronousSink : ISegmentSink
{
    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset) =>
        RandomAccess.Write(file, bytes, offset);
}
