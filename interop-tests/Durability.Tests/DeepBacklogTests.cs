using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A start reads what came since the last snapshot, not the backlog.</summary>
public sealed class DeepBacklogTests(ITestOutputHelper output)
{
    private const string Queue = "deep";
    private const int BodyBytes = 32 * 1024;
    private const int Window = 100;

    [Fact]
    public async Task What_a_start_reads_does_not_grow_with_the_backlog()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync(new BrokerSettings
        {
            // Nothing may be read but what a start needs.
            Arguments =
            [
                "--Node:SegmentBits=24", "--Node:SnapshotLogBytes=4MiB", "--Cluster:DataGroups=1",
                "--Node:CheckBytesPerSecond=0",
            ],
        });
        await PublishAsync(broker, 1_500);
        long small = await ReadAtStartAsync(broker, 1_500);
        await PublishAsync(broker, 7_500);
        long large = await ReadAtStartAsync(broker, 9_000);

        long added = 7_500L * BodyBytes;
        output.WriteLine($"{small} bytes, with {added} bytes more {large}");
        // The last segment, and the log since the last snapshot, may be more or less full.
        Assert.InRange(large - small, long.MinValue, added / 5);
        await broker.StopAsync();
    }

    private static async Task PublishAsync(BrokerProcess broker, int messages)
    {
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync(Queue);
        byte[] body = new byte[BodyBytes];
        for (int sent = 0; sent < messages; sent += Window)
            await Task.WhenAll(Enumerable.Range(0, Window).Select(_ => channel.SendAsync(Queue, body)));
    }

    /// <summary>Up to the moment when the queue is there with everything in it.</summary>
    private static async Task<long> ReadAtStartAsync(BrokerProcess broker, uint messages)
    {
        await broker.KillAsync();
        await broker.RestartAsync();
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.CreateChannelAsync();
        Assert.Equal(messages, (await channel.QueueDeclarePassiveAsync(Queue)).MessageCount);
        return broker.ReadBytes();
    }
}
