using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>A consumer on a socket, to which messages come by themselves.</summary>
public abstract class SocketConsumer(Ledger ledger, int copy, Phase phase, Wire wire)
    : Consumer(ledger, copy, phase)
{
    protected Wire Wire => wire;

    public override void Run()
    {
        while (!IsStopping)
        {
            if (!wire.TryReceive())
                continue;
            Now = Stopwatch.GetTimestamp();
            while (TryTake())
            {
                // Until the next frame is not whole.
            }

            wire.Flush();
            Taken();
        }

        End();
    }

    public override void Dispose()
    {
        wire.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes one frame off what was received.</summary>
    /// <returns>False when more bytes are needed.</returns>
    protected abstract bool TryTake();

    /// <summary>All that was received is taken.</summary>
    protected virtual void Taken()
    {
    }

    /// <summary>Acknowledges the rest, and waits until the broker has that.</summary>
    protected abstract void End();
}
