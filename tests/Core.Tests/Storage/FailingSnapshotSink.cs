using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A disk for snapshots that fails at one of its steps.</summary>
internal sealed class FailingSnapshotSink : ISnapshotSink
{
    private readonly FileSnapshotSink _disk = new();

    /// <summary>At which it fails; null: at none.</summary>
    public string? FailsAt { get; set; }

    /// <summary>What it was asked, in order.</summary>
    public List<string> Steps { get; } = [];

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Pass(nameof(Write));
        _disk.Write(file, bytes, offset);
    }

    public void Flush(SafeFileHandle file)
    {
        Pass(nameof(Flush));
        _disk.Flush(file);
    }

    public void Rename(string from, string to)
    {
        Pass(nameof(Rename));
        _disk.Rename(from, to);
    }

    public void Delete(string path)
    {
        Pass(nameof(Delete));
        _disk.Delete(path);
    }

    private void Pass(string step)
    {
        if (step == FailsAt)
            throw new IOException("injected");
        if (Steps.LastOrDefault() != step)
            Steps.Add(step);
    }
}
