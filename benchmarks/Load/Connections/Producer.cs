using System.Diagnostics;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Connections;

/// <summary>One connection that publishes as much as its window and its pace allow. One thread writes and reads: an
/// answer leads to the next messages without waking anybody.</summary>
public abstract class Producer : IDisposable
{
    /// <summary>What is not answered so long after the last answer never is.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly IReadOnlyList<int> _queues;
    private readonly LoadOptions _options;
    private readonly long _run;

    /// <param name="number">0-based.</param>
    /// <param name="options">What to send.</param>
    /// <param name="ledger">Of the run.</param>
    /// <param name="phase">Of the run.</param>
    /// <param name="queues">Gone round, one message each; null: its share of the options'.</param>
    protected Producer(
        int number, LoadOptions options, Ledger ledger, Phase phase, IReadOnlyList<int>? queues = null)
    {
        (Number, _options, Phase, _run) = (number, options, phase, ledger.Run);
        _queues = queues ?? options.QueuesOf(number, options.Publishers);
        Window = new SendWindow(options.Window, ledger.Confirmed(number), phase);
    }

    public SendWindow Window { get; }

    protected int Number { get; }

    protected Phase Phase { get; }

    /// <summary>Publishes until the phase is over or so many are sent, then awaits the answers.</summary>
    /// <exception cref="IOException">The connection ended.</exception>
    public void Run(long count)
    {
        var pace = new Pace(_options.RatePerSecond / (double)_options.Publishers);
        long end = count == long.MaxValue ? count : Window.Sent + count;
        long lastProgress = Stopwatch.GetTimestamp();
        while (true)
        {
            bool isOver = Phase.IsOver || Window.Sent >= end;
            if (!isOver)
                Fill(pace, end);
            else if (Window.Open == 0)
                return;

            if (AwaitAnswers(isOver || Room < 1 ? null : pace.UntilNext()))
                lastProgress = Stopwatch.GetTimestamp();
            else if (isOver && Stopwatch.GetElapsedTime(lastProgress) > s_patience)
                return;
        }
    }

    public abstract void Dispose();

    /// <summary>Messages that the window lets go.</summary>
    protected virtual int Room => Window.Room;

    /// <summary>Writes one message to the connection's output.</summary>
    protected abstract void Write(in MessageStamp stamp);

    /// <summary>Sends what was written.</summary>
    protected abstract void Flush();

    /// <summary>Reads answers and settles what they name.</summary>
    /// <param name="atMost">Waits no longer; null: as long as it likes, but not much longer than a second.</param>
    /// <returns>Whether any came.</returns>
    protected abstract bool AwaitAnswers(TimeSpan? atMost);

    private void Fill(Pace pace, long end)
    {
        int room = (int)Math.Min(pace.Due(Room), end - Window.Sent);
        if (room <= 0)
            return;
        for (; room > 0; room--)
        {
            long at = pace.Take();
            long sequence = Window.Sent;
            Window.Add(at);
            Write(new MessageStamp(_run, sequence, at, Number, _queues[(int)(sequence % _queues.Count)]));
        }

        Flush();
    }
}
