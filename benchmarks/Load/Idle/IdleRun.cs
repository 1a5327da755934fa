using System.Net;
using Cmq.MultiProtocol.Benchmarks.Load.Measure;

namespace Cmq.MultiProtocol.Benchmarks.Load.Idle;

/// <summary>Opens connections in steps and reads the broker's memory at each. At the end every one of them gets a
/// message and acknowledges it: idle connections that do not work any more cost little.</summary>
internal sealed class IdleRun(LoadOptions options, CancellationToken cancellation)
{
    /// <summary>Connections from one address of this machine: ports are 16 bits, and others need some.</summary>
    private const int PerSource = 10_000;

    private readonly List<IIdleConnection> _connections = [];
    private readonly long _run = Random.Shared.NextInt64();
    private readonly IIdleDriver _driver =
        options.Protocol is Protocol.Mqtt ? new MqttIdleDriver(options) : new AmqpIdleDriver(options);

    /// <returns>False when a connection was lost.</returns>
    public bool Run()
    {
        Console.WriteLine("connections  resident MB   heap MB   KB resident each   KB heap each   since the last step");
        Reading none = Read();
        Reading last = none;
        Print(none, none, none);
        Reading? first = null;
        foreach (int count in options.Connections)
        {
            Open(count);
            Reading now = Read();
            Print(now, none, last);
            first ??= now;
            last = now;
        }

        if (first is not null && last.Count > first.Count)
        {
            Console.WriteLine($"slope        {last.ResidentSince(first):N2} KB resident per connection from "
                + $"{first.Count:N0} to {last.Count:N0}, {last.HeapSince(first):N2} KB heap");
        }

        bool isRight = Touch();
        Console.WriteLine(isRight ? "right        every connection took a message" : "WRONG        a connection was lost");
        Print(Read(), none, last);
        foreach (IIdleConnection connection in _connections)
            connection.Dispose();
        return isRight;
    }

    private static void Print(Reading now, Reading none, Reading last) => Console.WriteLine(
        $"{now.Count,11:N0}  {now.Resident / 1e6,11:N1}   {now.Heap / 1e6,7:N1}   {now.ResidentSince(none),16:N2}   "
        + $"{now.HeapSince(none),12:N2}   {now.ResidentSince(last):N2}");

    private Reading Read()
    {
        cancellation.WaitHandle.WaitOne(options.Settle);
        cancellation.ThrowIfCancellationRequested();

        // Memory first: the client that asks for the heap is none of those that are counted.
        long resident = ProcessFigures.ResidentBytes(options.Pids);
        return new Reading(_connections.Count, resident, _driver.HeapBytes());
    }

    private void Open(int count)
    {
        int from = _connections.Count;
        var opened = new IIdleConnection[count - from];
        Parallel.For(0, opened.Length, Limit(), i => opened[i] = OpenOne(from + i));
        _connections.AddRange(opened);
    }

    private IIdleConnection OpenOne(int number)
    {
        IPAddress? source = IPAddress.IsLoopback(options.AddressOf(number).Address)
            ? new IPAddress([127, 0, 0, (byte)(2 + (number / PerSource))])
            : null;
        return _driver.Open(number, source);
    }

    private ParallelOptions Limit() =>
        new() { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation };

    /// <summary>A message for everyone.</summary>
    private bool Touch()
    {
        try
        {
            // No further ahead than what a broker lets a client have under way.
            foreach (int[] part in Enumerable.Range(0, _connections.Count).Chunk(options.Parallel))
            {
                _driver.Send(part, _run);
                foreach (int number in part)
                    _connections[number].TakeOne(_run);
            }

            return true;
        }
        catch (IOException lost)
        {
            Console.WriteLine(lost.Message);
            return false;
        }
    }

    /// <param name="Count">Idle connections.</param>
    /// <param name="Resident">Bytes.</param>
    /// <param name="Heap">Bytes, if the broker tells.</param>
    private sealed record Reading(int Count, long Resident, long? Heap)
    {
        /// <summary>KB for each connection that came since.</summary>
        public double ResidentSince(Reading before) => Since(before, Resident - before.Resident);

        public double? HeapSince(Reading before) => Heap - before.Heap is { } bytes ? Since(before, bytes) : null;

        private double Since(Reading before, long bytes) =>
            Count == before.Count ? 0 : bytes / 1e3 / (Count - before.Count);
    }
}
