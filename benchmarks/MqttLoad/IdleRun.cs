using System.Net;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>Opens connections in steps and reads the broker's memory at each. At the end every one of them gets a
/// message and acknowledges it: idle connections that do not work any more cost little.</summary>
public sealed class IdleRun(LoadOptions options, CancellationToken cancellation)
{
    /// <summary>Connections from one address of this machine: ports are 16 bits, and others need some.</summary>
    private const int PerSource = 10_000;

    /// <summary>Long enough that nobody has to ping while this runs, and still a time limit for the broker to keep.
    /// </summary>
    private const ushort KeepAliveSeconds = 3_600;

    private readonly List<RawClient> _clients = [];
    private readonly long _run = Random.Shared.NextInt64();

    private int Pid => options.Pid!.Value;

    /// <returns>False when a connection was lost.</returns>
    public async Task<bool> RunAsync()
    {
        Console.WriteLine("connections  resident MB   heap MB   KB resident each   KB heap each   since the last step");
        Reading none = await ReadAsync();
        Reading last = none;
        Print(none, none, none);
        Reading? first = null;
        foreach (int count in options.Connections)
        {
            await OpenAsync(count);
            Reading now = await ReadAsync();
            Print(now, none, last);
            first ??= now;
            last = now;
        }

        if (first is not null && last.Count > first.Count)
        {
            Console.WriteLine($"slope        {last.ResidentSince(first):N2} KB resident per connection from "
                + $"{first.Count:N0} to {last.Count:N0}, {last.HeapSince(first):N2} KB heap");
        }

        bool isRight = await TouchAsync();
        Console.WriteLine(isRight ? "right        every connection took a message" : "WRONG        a connection was lost");
        Print(await ReadAsync(), none, last);
        foreach (RawClient client in _clients)
            client.Dispose();
        return isRight;
    }

    private static string Topic(int number) => $"idle/{number:D6}";

    private async Task<Reading> ReadAsync()
    {
        await Task.Delay(options.Settle, cancellation);
        // Memory first: the client that asks for the heap is none of those that are counted.
        long resident = BrokerFigures.ResidentBytes(Pid);
        return new Reading(_clients.Count, resident, await BrokerFigures.HeapBytesAsync(options.Address, cancellation));
    }

    private static void Print(Reading now, Reading none, Reading last) => Console.WriteLine(
        $"{now.Count,11:N0}  {now.Resident / 1e6,11:N1}   {now.Heap / 1e6,7:N1}   {now.ResidentSince(none),16:N2}   "
        + $"{now.HeapSince(none),12:N2}   {now.ResidentSince(last):N2}");

    private async Task OpenAsync(int count)
    {
        int from = _clients.Count;
        var opened = new RawClient[count - from];
        await Parallel.ForAsync(0, opened.Length, Limit(), async (i, stopping) =>
            opened[i] = await OpenOneAsync(from + i, stopping));
        _clients.AddRange(opened);
    }

    private async Task<RawClient> OpenOneAsync(int number, CancellationToken stopping)
    {
        IPAddress? source = IPAddress.IsLoopback(options.Address.Address)
            ? new IPAddress([127, 0, 0, (byte)(2 + (number / PerSource))])
            : null;
        RawClient client = await RawClient.ConnectAsync(
            options.Address, $"idle-{number:D6}", KeepAliveSeconds, source, stopping);
        await client.SubscribeAsync(Topic(number), 1, stopping);
        return client;
    }

    private ParallelOptions Limit() =>
        new() { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancellation };

    /// <summary>A message for everyone.</summary>
    private async Task<bool> TouchAsync()
    {
        using RawClient publisher = await RawClient.ConnectAsync(
            options.Address, "load-publisher", 0, null, cancellation);
        try
        {
            // No further ahead than what a broker lets a client have under way.
            foreach (int[] part in Enumerable.Range(0, _clients.Count).Chunk(options.Parallel))
            {
                foreach (int number in part)
                    await publisher.SendAsync(Message(number, out _), cancellation);
                await publisher.ReceiveAsync(part.Length * Packets.AckBytes, cancellation);
                await Parallel.ForEachAsync(part, Limit(), TakeAsync);
            }

            return true;
        }
        catch (IOException lost)
        {
            Console.WriteLine(lost.Message);
            return false;
        }
    }

    private async ValueTask TakeAsync(int number, CancellationToken stopping)
    {
        Message(number, out int bytes);
        byte[] packet = await _clients[number].ReceiveAsync(bytes, stopping);
        if ((packet[0] & 0xF0) != Packets.Publish
            || MessageBody.Read(packet.AsSpan(bytes - MessageBody.Bytes)) != new MessageBody(_run, number))
        {
            throw new IOException($"{Topic(number)} got {Convert.ToHexString(packet)}");
        }

        byte[] ack = new byte[Packets.AckBytes];
        int id = bytes - MessageBody.Bytes - 2;
        Packets.WriteAck(ack, (ushort)((packet[id] << 8) | packet[id + 1]));
        await _clients[number].SendAsync(ack, stopping);
    }

    private byte[] Message(int number, out int bytes)
    {
        byte[] packet = Packets.PublishTemplate(Topic(number), qos: 1, MessageBody.Bytes);
        bytes = packet.Length;
        Span<byte> payload = packet.AsSpan(bytes - MessageBody.Bytes);
        new MessageBody(_run, number).Write(payload);
        packet[bytes - MessageBody.Bytes - 1] = 1;
        return packet;
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
