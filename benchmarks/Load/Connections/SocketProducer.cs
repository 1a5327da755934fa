using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>A producer on a socket, whose answers come by themselves.</summary>
public abstract class SocketProducer(
    int number, LoadOptions options, Ledger ledger, Phase phase, Wire wire, IReadOnlyList<int>? queues = null)
    : Producer(number, options, ledger, phase, queues)
{
    protected Wire Wire => wire;

    public override void Dispose()
    {
        wire.Dispose();
        GC.SuppressFinalize(this);
    }

    protected override void Flush() => wire.Flush();

    protected override bool AwaitAnswers(TimeSpan? atMost)
    {
        if (atMost is { } time && !wire.WaitReadable(time))
            return false;
        if (!wire.TryReceive())
            return false;
        long now = Stopwatch.GetTimestamp();
        while (TryTake(now))
        {
            // Until the next frame is not whole.
        }

        // What an answer asks for in turn.
        wire.Flush();
        return true;
    }

    /// <summary>Takes one frame off what was received.</summary>
    /// <param name="now">When it came.</param>
    /// <returns>False when more bytes are needed.</returns>
    protected abstract bool TryTake(long now);
}
