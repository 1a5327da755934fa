using System.Buffers;
using System.Diagnostics;
using System.IO.Pipelines;
using System.Net.Sockets;
using Cmq.MultiProtocol.Benchmarks.Load;

namespace Cmq.MultiProtocol.Benchmarks.RocketMqLoad;

/// <summary>One connection that keeps its window full of sends.</summary>
/// <param name="number">In the marks of its messages.</param>
/// <param name="options">What to send.</param>
/// <param name="queues">Of its broker name, by number.</param>
internal sealed class LoadConnection(int number, LoadOptions options, IReadOnlyList<QueueLedger> queues) : IDisposable
{
    private const int FlushBytes = 64 * 1024;

    private readonly Socket _socket =
        new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly SemaphoreSlim _window = new(options.Window, options.Window);

    /// <summary>Sends under way, by number: when.</summary>
    private readonly Dictionary<long, long> _open = [];
    private readonly Lock _gate = new();
    private long _sent;

    /// <summary>SEND_OKs while measured.</summary>
    public long Measured { get; private set; }

    public long SendOks { get; private set; }

    /// <summary>Answers of another code, by code.</summary>
    public Dictionary<int, long> Refusals { get; } = [];

    /// <summary>Sends that were not answered when the run ended.</summary>
    public int Unanswered
    {
        get
        {
            lock (_gate)
                return _open.Count;
        }
    }

    public async Task RunAsync(string address, Latencies latencies, Func<bool> isMeasured, CancellationToken stop)
    {
        string[] parts = address.Split(':');
        await _socket.ConnectAsync(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture), stop);
        await using var stream = new NetworkStream(_socket);
        using var reading = new CancellationTokenSource();
        Task read = ReadAsync(PipeReader.Create(stream), latencies, isMeasured, reading.Token);
        try
        {
            await WriteAsync(PipeWriter.Create(stream), stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The time is over: what is under way is still waited for.
        }
        for (int i = 0; i < options.Window; i++)
        {
            if (!await _window.WaitAsync(TimeSpan.FromSeconds(30), CancellationToken.None))
                break;
        }
        await reading.CancelAsync();
        await read;
    }

    public void Dispose()
    {
        _socket.Dispose();
        _window.Dispose();
    }

    private async Task WriteAsync(PipeWriter writer, CancellationToken stop)
    {
        SendFrame[] frames = [.. queues.Select((_, queue) => new SendFrame(options, queue))];
        while (!stop.IsCancellationRequested)
        {
            if (!_window.Wait(0, CancellationToken.None))
            {
                await writer.FlushAsync(CancellationToken.None);
                await _window.WaitAsync(stop);
            }
            long message = _sent++;
            int opaque = (int)(SendFrame.FirstOpaque + message);
            lock (_gate)
                _open.Add(message, Stopwatch.GetTimestamp());
            frames[message % frames.Length].Write(writer, opaque, number, message);
            if (writer.UnflushedBytes >= FlushBytes)
                await writer.FlushAsync(CancellationToken.None);
        }
        await writer.FlushAsync(CancellationToken.None);
    }

    private async Task ReadAsync(PipeReader reader, Latencies latencies, Func<bool> isMeasured, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                ReadResult read = await reader.ReadAsync(stop);
                ReadOnlySequence<byte> input = read.Buffer;
                bool measured = isMeasured();
                int answers = 0;
                for (; SendAnswer.TryRead(ref input, out SendAnswer answer); answers++)
                    Take(answer, latencies, measured);
                reader.AdvanceTo(input.Start, input.End);
                if (answers > 0)
                    _window.Release(answers);
                if (read.IsCompleted)
                    return;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Everything was answered, or nothing comes any more.
        }
    }

    private void Take(in SendAnswer answer, Latencies latencies, bool measured)
    {
        long message = answer.Opaque - SendFrame.FirstOpaque;
        long sentAt;
        lock (_gate)
        {
            if (!_open.Remove(message, out sentAt))
                throw new InvalidDataException($"an answer to {message}, which is not under way");
        }
        if (answer.Code != 0)
        {
            Refusals[answer.Code] = Refusals.GetValueOrDefault(answer.Code) + 1;
            return;
        }
        SendOks++;
        queues[answer.Queue].Add(answer.Offset);
        if (!measured)
            return;
        Measured++;
        latencies.Add(sentAt);
    }
}
