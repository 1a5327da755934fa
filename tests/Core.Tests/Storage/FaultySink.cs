using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A disk that fails or hangs when told to.</summary>
internal sealed class FaultySink : ISegmentSink
{
    private readonly SynchronousSink _disk = new();
    private volatile bool _fails;

    /// <summary>A write waits for this.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    public int Writes { get; private set; }

    public void FailFromNowOn() => _fails = true;

    public void Heal() => _fails = false;

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Open.Wait();
        if (_fails)
            throw new IOException("injected");
        Writes++;
        _disk.Write(file, bytes, offset);
    }
}
