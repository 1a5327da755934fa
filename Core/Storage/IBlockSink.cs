using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The one place where blocks go to the disk; tests put a failing disk here.</summary>
internal interface IBlockSink
{
    /// <summary>Hands bytes to the system; they may be lost by a crash.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when all bytes of the file are durable; throws when they may not be.</summary>
    void Flush(SafeFileHandle file);
}
