using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Storage;

/// <summary>The one place where snapshots go to the disk; tests put a failing disk here.</summary>
internal interface ISnapshotSink
{
    /// <summary>Hands bytes to the system; they may be lost by a crash.</summary>
    void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset);

    /// <summary>Returns when all bytes of the file are durable; throws when they may not be.</summary>
    void Flush(SafeFileHandle file);

    /// <summary>Gives a file another name, in place of whatever bears it; durable when it returns.</summary>
    void Rename(string from, string to);

    /// <summary>Deletes a file; durable when it returns.</summary>
    void Delete(string path);
}
