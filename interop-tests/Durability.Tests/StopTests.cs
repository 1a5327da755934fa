using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>An orderly stop under load, and the lock on the data directory.</summary>
public sealed class StopTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_stop_under_load_tells_the_clients_exits_with_0_and_loses_nothing()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync([broker], publishers: 3, cmq: true, "q-a", "q-b", "q-c");
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        var closed = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, why) =>
        {
            closed.TrySetResult(why);
            return Task.CompletedTask;
        };
        await load.ConfirmAsync(500);

        await broker.StopAsync();

        ShutdownEventArgs why = await closed.Task.WaitAsync(Patience.Long);
        Assert.Equal(320, why.ReplyCode);
        Assert.Equal(
            "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'", why.ReplyText);
        Assert.DoesNotContain(broker.Output.Lines, line => line.Contains(" ERR ", StringComparison.Ordinal));
        await broker.RestartAsync();
        await load.ConfirmAsync(200);
        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    [Fact]
    public async Task A_second_process_on_the_same_data_is_refused_and_the_first_goes_on()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        await using BrokerProcess second = BrokerProcess.Launch(new BrokerSettings { DataDirectory = broker.DataDirectory });

        Assert.Equal(1, await second.WaitForExitAsync(Patience.Long));

        Assert.Contains(
            second.Output.Lines,
            line => line.Contains("in use by another process", StringComparison.Ordinal)
                && line.Contains(broker.DataDirectory, StringComparison.Ordinal));
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync("only-one");
        await channel.SendAsync("only-one", "still here"u8.ToArray());
    }
}
