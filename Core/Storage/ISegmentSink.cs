using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The one place where log bytes go to the disk; tests put a failing disk here.</summary>
internal interface ISegmentSink
{
    /// <summary>Returns when the bytes are durable; throws when they may not be.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);
}
