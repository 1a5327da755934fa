using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Several nodes": without a majority nothing is confirmed, lost or invented; nodes come back.</summary>
public sealed class LostNodesTests(ITestOutputHelper output)
{
    [Fact]
    public async Task One_of_three_confirms_nothing_and_the_cluster_goes_on_by_itself_when_the_others_return()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        BrokerProcess[] lost = [cluster.Nodes[0], cluster.Nodes[1]];
        BrokerProcess left = cluster.Nodes[2];
        const string queue = "majority";
        var sent = new HashSet<string>();
        var confirmed = new HashSet<string>();
        await using IConnection connection = await AmqpClient.ConnectAsync(left);
        await using IChannel channel = await connection.ConfirmingAsync();
        var closed = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, why) =>
        {
            closed.TrySetResult(why);
            return Task.CompletedTask;
        };
        await channel.DeclareAsync(queue);
        for (int i = 0; i < 20; i++)
            await PublishAsync(channel, $"before-{i}");
        foreach (BrokerProcess node in lost)
            await node.KillAsync();

        // Not one of them may be confirmed; the client is told within reason.
        Task[] hopeless = [.. Enumerable.Range(0, 20).Select(i => PublishAsync(channel, $"without-{i}"))];
        foreach (Task one in hopeless)
        {
            Exception failure = await Assert.ThrowsAnyAsync<Exception>(() => one.WaitAsync(Patience.Long));
            Assert.True(failure is RabbitMQClientException, $"{failure}");
        }

        ShutdownEventArgs why = await closed.Task.WaitAsync(Patience.Long);
        Assert.Equal(320, why.ReplyCode);
        Assert.Contains("CONNECTION_FORCED", why.ReplyText, StringComparison.Ordinal);
        Exception refused = await Assert.ThrowsAnyAsync<RabbitMQClientException>(() => AmqpClient.ConnectAsync(left));
        Assert.Contains("320", $"{refused}", StringComparison.Ordinal);
        using (CmqClient cmq = CmqClient.Of(left))
        {
            CmqAnswer answer = await cmq.CallAsync("SendMessage", ("queueName", queue), ("msgBody", "no"));
            Assert.True(answer.Code == 6000, $"{answer.Code} {answer.Message}");
        }

        foreach (BrokerProcess node in lost)
            node.Relaunch();
        await using IConnection back = await Patience.RetryAsync(
            () => AmqpClient.ConnectAsync(left), "the node that stayed serves again");
        await using IChannel again = await back.ConfirmingAsync();
        for (int i = 0; i < 20; i++)
            await PublishAsync(again, $"after-{i}");

        List<string> drained = [];
        while (await again.BasicGetAsync(queue, autoAck: true) is { } message)
            drained.Add(System.Text.Encoding.ASCII.GetString(message.Body.Span));
        Assert.Empty(confirmed.Except(drained));
        Assert.Empty(drained.Except(sent));
        Assert.Equal(drained.Distinct(), drained);
        output.WriteLine($"{sent.Count} sent, {confirmed.Count} confirmed, {drained.Count} drained");

        async Task PublishAsync(IChannel over, string text)
        {
            sent.Add(text);
            await over.SendAsync(queue, System.Text.Encoding.ASCII.GetBytes(text));
            lock (confirmed)
                confirmed.Add(text);
        }
    }

    [Fact]
    public async Task A_leader_that_sleeps_past_its_lease_comes_back_as_a_follower_and_nothing_is_lost()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync(cluster.Nodes, publishers: 3, cmq: true, "z-a", "z-b", "z-c");
        await load.ConfirmAsync(300);

        for (int round = 0; round < 2; round++)
        {
            BrokerProcess sleeper = await cluster.LeaderOfQueueAsync("z-a");
            sleeper.Send(UnixSignal.Stop);
            await Task.Delay(TimeSpan.FromSeconds(12.5));
            // The others went on meanwhile.
            await load.ConfirmAsync(200);
            sleeper.Send(UnixSignal.Continue);
            await using IConnection connection = await Patience.RetryAsync(
                async () =>
                {
                    IConnection opened = await AmqpClient.ConnectAsync(sleeper);
                    try
                    {
                        await using IChannel channel = await opened.ConfirmingAsync();
                        await channel.DeclareAsync("z-own");
                        await channel.SendAsync("z-own", "here again"u8.ToArray());
                        Assert.NotNull(await channel.BasicGetAsync("z-own", autoAck: true));
                        return opened;
                    }
                    catch
                    {
                        await opened.DisposeAsync();
                        throw;
                    }
                },
                "the node that slept serves again");
            Assert.NotSame(sleeper, await cluster.LeaderOfQueueAsync("z-a"));
            await load.ConfirmAsync(200);
        }

        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    [Fact]
    public async Task What_belongs_to_a_node_dies_with_it()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using IConnection doomed = await AmqpClient.ConnectAsync(cluster.Nodes[0]);
        await using IChannel owning = await doomed.CreateChannelAsync();
        await owning.QueueDeclareAsync("own-exclusive", durable: false, exclusive: true, autoDelete: false);
        await owning.QueueDeclareAsync("own-transient", durable: false, exclusive: false, autoDelete: false);
        await owning.DeclareAsync("stays");
        await using IConnection other = await AmqpClient.ConnectAsync(cluster.Nodes[1]);
        await using IChannel publishing = await other.ConfirmingAsync();
        await publishing.SendAsync("own-exclusive", "lost with it"u8.ToArray());
        await publishing.SendAsync("stays", "kept"u8.ToArray());
        // Held by a client of the node that dies.
        Assert.NotNull(await owning.BasicGetAsync("stays", autoAck: false));

        await cluster.Nodes[0].KillAsync();

        await Patience.UntilAsync(() => IsGoneAsync("own-exclusive"), "the end of the exclusive queue");
        await Patience.UntilAsync(() => IsGoneAsync("own-transient"), "the end of the transient queue");
        BasicGetResult? freed = null;
        await Patience.UntilAsync(
            async () => (freed = await publishing.BasicGetAsync("stays", autoAck: true)) is not null,
            "what the dead node's client held");
        Assert.True(freed!.Redelivered);

        async Task<bool> IsGoneAsync(string queue)
        {
            await using IChannel channel = await other.CreateChannelAsync();
            try
            {
                await channel.QueueDeclarePassiveAsync(queue);
                return false;
            }
            catch (OperationInterruptedException refused)
            {
                // While it is being cleared away it may still be somebody's.
                Assert.Contains((int)refused.ShutdownReason!.ReplyCode, (int[])[404, 405]);
                return refused.ShutdownReason.ReplyCode == 404;
            }
        }
    }
}
