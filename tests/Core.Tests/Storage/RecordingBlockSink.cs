using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A disk for blocks that says what it was asked, and fails when told to.</summary>
internal sealed class RecordingBlockSink : IBlockSink
{
    private readonly FileBlockSink _disk = new();

    public int Writes { get; private set; }

    public int Flushes { get; private set; }

    public bool FailsToWrite { get; set; }

    public bool FailsToFlush { get; set; }

    /// <summary>Called before a flush.</summary>
    public Action? Flushing { get; set; }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        if (FailsToWrite)
            throw new IOException("injected");
        Writes++;
        _disk.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file)
    {
        Flushing?.Invoke();
        if (FailsToFlush)
            throw new IOException("injected");
        Flushes++;
        _disk.Flush(file);
    }
}
