using Cmq.MultiProtocol.Core.Storage;
using Microsoft.Win32.SafeHandles;

namespace Cmq.MultiProtocol.Core.Tests.Storage;

/// <summary>A disk that fails or hangs when told to.</summary>
internal sealed class FaultySink : ISegmentSink
{
    private readonly SynchronousSink _disk = new();
    private volatile bool _fails;
    private int _failAfter = int.MaxValue;

    /// <summary>A write waits for this.</summary>
    public ManualResetEventSlim Open { get; } = new(initialState: true);

    public int Writes { get; private set; }

    public void FailFromNowOn() => _fails = true;

    /// <summary>So many writes succeed, those behind them fail.</summary>
    public void FailAfter(int writes) => _failAfter = Writes + writes;

    public void Heal() => (_fails, _failAfter) = (false, int.MaxValue);

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        Open.Wait();
        if (_fails || Writes >= _failAfter)
            throw new IOException("injected");
        Writes++;
        _disk.Write(file, bytes, offset);
    }
}
