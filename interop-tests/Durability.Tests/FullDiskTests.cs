using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "It does not lose": the disk is full.</summary>
public sealed class FullDiskTests(ITestOutputHelper output)
{
    private const string Queue = "full";

    /// <summary>Publishes under way at a time, a count.</summary>
    private const int Window = 200;

    [SmallDiskFact]
    public async Task A_node_whose_disk_is_full_says_so_ends_with_1_and_has_everything_confirmed_when_there_is_space()
    {
        using SmallDisk disk = SmallDisk.TryMount("12m")!;
        await using BrokerProcess broker = await BrokerProcess.StartAsync(
            new BrokerSettings
            {
                DataDirectory = Path.Combine(disk.Path, "data"),
                // Otherwise it would not come to this.
                Arguments = ["--Node:MinSpaceBytes=0"],
            });
        HashSet<int> confirmed = await FillAsync(broker);
        Assert.Equal(1, await broker.WaitForExitAsync(Patience.Long));
        Assert.Contains(
            broker.Output.Lines, line => line.Contains("No space left on device", StringComparison.Ordinal));
        Assert.True(confirmed.Count > Window, $"{confirmed.Count} confirmed");

        disk.Grow("120m");
        await broker.RestartAsync();
        List<int> drained = await DrainAsync(broker);

        Assert.Empty(confirmed.Except(drained));
        Assert.Equal(drained.Distinct(), drained);
        output.WriteLine($"{confirmed.Count} confirmed, {drained.Count} drained");
        await broker.StopAsync();
    }

    /// <returns>What was confirmed before the broker gave up.</returns>
    private static async Task<HashSet<int>> FillAsync(BrokerProcess broker)
    {
        var confirmed = new HashSet<int>();
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync(Queue);
        for (int next = 0; ;)
        {
            List<(int Number, Task Confirm)> wave = [];
            for (int i = 0; i < Window; i++)
                wave.Add((next, channel.SendAsync(Queue, Body(next++))));
            foreach ((int number, Task confirm) in wave)
            {
                try
                {
                    await confirm;
                    confirmed.Add(number);
                }
                catch (Exception failure) when (Trouble.IsExpected(failure))
                {
                    // A later one of the wave may have been confirmed all the same.
                    continue;
                }
            }

            if (!channel.IsOpen)
                return confirmed;
        }
    }

    private static async Task<List<int>> DrainAsync(BrokerProcess broker)
    {
        List<int> drained = [];
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        while (await channel.BasicGetAsync(Queue, autoAck: true) is { } message)
        {
            string text = Encoding.ASCII.GetString(message.Body.Span);
            drained.Add(int.Parse(text.AsSpan(0, text.IndexOf(' ')), CultureInfo.InvariantCulture));
        }

        return drained;
    }

    /// <summary>1 KiB that starts with the number.</summary>
    private static byte[] Body(int number) => Encoding.ASCII.GetBytes($"{number} ".PadRight(1024, 'x'));
}
