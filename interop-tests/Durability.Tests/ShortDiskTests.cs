using System.Globalization;
using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A real disk runs short: publishers are held back long before it is full, whoever consumes makes room, and
/// publishing goes on by itself, at every door.</summary>
public sealed class ShortDiskTests(ITestOutputHelper output)
{
    private const string Queue = "short";
    private const int BodyBytes = 64 * 1024;

    /// <summary>Publishes under way at a time, a count.</summary>
    private const int Window = 20;

    [SmallDiskFact]
    public async Task Publishers_are_held_back_while_consumers_make_room_and_are_let_go_then()
    {
        using SmallDisk disk = SmallDisk.TryMount("192m")!;
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            DataDirectory = Path.Combine(disk.Path, "data"),
            Arguments = ["--Node:SegmentBits=24", "--Cluster:DataGroups=1"],
        });
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        var blocked = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var unblocked = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionBlockedAsync += (_, why) =>
        {
            blocked.TrySetResult(why.Reason);
            return Task.CompletedTask;
        };
        connection.ConnectionUnblockedAsync += (_, _) =>
        {
            unblocked.TrySetResult();
            return Task.CompletedTask;
        };
        await using IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync(Queue);
        await channel.QueueBindAsync(Queue, "amq.topic", "short.#");

        (int sent, List<Task> underWay) = await FillAsync(channel, blocked.Task);
        Assert.Contains("disk", await blocked.Task.WaitAsync(Patience.Long), StringComparison.Ordinal);
        long free = new DriveInfo(disk.Path).AvailableFreeSpace;
        output.WriteLine($"{sent} sent, {free} bytes free");
        // A tenth of it is the mark; what was under way goes below.
        Assert.InRange(free, 8L << 20, 48L << 20);

        using EveryDoor doors = await EveryDoor.OpenAsync(broker, Queue);
        await doors.RefuseAsync();
        int drained = await DrainAsync(broker, until: unblocked.Task);
        await unblocked.Task.WaitAsync(Patience.Long);
        await Task.WhenAll(underWay).WaitAsync(Patience.Long);
        for (int i = 0; i < 50; i++)
            await channel.SendAsync(Queue, Body(sent + i));
        int throughDoors = await doors.AcceptAsync();

        drained += await DrainAsync(broker, until: Task.CompletedTask);
        output.WriteLine($"{drained} drained");
        // And nothing of what was refused.
        Assert.Equal(sent + 50 + throughDoors, drained);
        await broker.StopAsync();
    }

    /// <returns>How many were sent, and those that wait.</returns>
    private static async Task<(int Sent, List<Task> UnderWay)> FillAsync(IChannel channel, Task blocked)
    {
        List<Task> underWay = [];
        int sent = 0;
        while (!blocked.IsCompleted)
        {
            underWay.Add(channel.SendAsync(Queue, Body(sent++)));
            if (underWay.Find(confirm => confirm.IsFaulted) is { } failed)
                await failed;
            underWay.RemoveAll(confirm => confirm.IsCompletedSuccessfully);
            if (underWay.Count >= Window)
                await Task.WhenAny(underWay[0], blocked);
        }

        return (sent, underWay);
    }

    /// <summary>Takes what is there, and on until something has happened.</summary>
    private static async Task<int> DrainAsync(BrokerProcess broker, Task until)
    {
        int drained = 0;
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        using var patience = new CancellationTokenSource(Patience.Long);
        while (true)
        {
            bool isOver = until.IsCompleted;
            if (await channel.BasicGetAsync(Queue, autoAck: true, patience.Token) is not null)
                drained++;
            else if (isOver)
                return drained;
        }
    }

    private static byte[] Body(int number) =>
        Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture).PadRight(BodyBytes, 'x'));
}
