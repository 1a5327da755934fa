using System.Globalization;
using System.Net;
using System.Text;

namespace Cmq.MultiProtocol.Benchmarks.MqttLoad;

/// <summary>What the machine and the broker say of the broker's process.</summary>
public static class BrokerFigures
{
    /// <summary>As mosquitto names it; the broker needs a while to tell it after its start.</summary>
    private const string HeapTopic = "$SYS/broker/heap/current";

    /// <summary>Clock ticks of <c>/proc</c> in a second (<c>getconf CLK_TCK</c>), on every Linux that .NET runs on.</summary>
    private const double TicksPerSecond = 100;

    private static readonly TimeSpan HeapPatience = TimeSpan.FromSeconds(15);

    /// <summary>Resident memory in bytes.</summary>
    public static long ResidentBytes(int pid)
    {
        string line = File.ReadLines($"/proc/{pid}/status")
            .First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        string kibibytes = line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1];
        return long.Parse(kibibytes, CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>Processor time since its start, in seconds.</summary>
    public static double ProcessorSeconds(int pid)
    {
        // Behind the name, which may have blanks; then field 3 is the first.
        string[] fields = File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ');
        return (long.Parse(fields[12], CultureInfo.InvariantCulture)
            + long.Parse(fields[13], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>The heap as the broker tells it in its figures, in bytes; null when it does not.</summary>
    public static async Task<long?> HeapBytesAsync(IPEndPoint address, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(HeapPatience);
        try
        {
            using RawClient client = await RawClient.ConnectAsync(address, "load-figures", 0, null, patience.Token);
            await client.SubscribeAsync(HeapTopic, 0, patience.Token);
            var buffer = new PacketBuffer();
            while (await buffer.FillAsync(client, patience.Token))
            {
                if (TryTakeHeap(buffer) is { } bytes)
                    return bytes;
            }

            return null;
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
        catch (IOException)
        {
            // It does not let everyone read its figures.
            return null;
        }
    }

    private static long? TryTakeHeap(PacketBuffer buffer)
    {
        while (buffer.TryTake(out byte first, out ReadOnlySpan<byte> body))
        {
            if ((first & 0xF0) == Packets.Publish)
                return long.Parse(Encoding.UTF8.GetString(body[(2 + HeapTopic.Length)..]), CultureInfo.InvariantCulture);
        }

        return null;
    }
}
