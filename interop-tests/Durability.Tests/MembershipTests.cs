using System.Net;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using Cmq.MultiProtocol.Interop.Durability.Workload;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit.Abstractions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "The core can be trusted", membership: nodes come and go while clients publish and consume.</summary>
public sealed class MembershipTests(ITestOutputHelper output)
{
    [Fact]
    public async Task A_fourth_node_joins_leads_and_one_of_the_first_leaves_under_load()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        BrokerProcess[] staying = [cluster.Nodes[0], cluster.Nodes[1]];
        var admin = new ClusterAdmin(staying[0]);
        await using LoadRun load = await LoadRun.StartAsync(staying, publishers: 2, cmq: true, "m-a", "m-b", "m-c");
        await load.ConfirmAsync(300);

        await using BrokerProcess fourth = BrokerProcess.Launch(Joining(cluster));
        await admin.UntilWaitingAsync(4);
        Assert.Equal(HttpStatusCode.Accepted, await admin.AddAsync(4));
        await fourth.WaitReadyAsync();
        await admin.UntilVotersAsync(1, 2, 3, 4);
        await new ClusterAdmin(fourth).UntilVotersAsync(1, 2, 3, 4);
        await load.ConfirmAsync(300);

        foreach (int group in await cluster.GroupsAsync())
        {
            Assert.Equal(HttpStatusCode.OK, await admin.MoveAsync(group, 4));
            await load.ConfirmAsync(50);
        }

        await PublishAndTakeAsync(fourth);

        Assert.Equal(HttpStatusCode.Accepted, await admin.RemoveAsync(3));
        await admin.UntilVotersAsync(1, 2, 4);
        await load.ConfirmAsync(300);
        await cluster.Nodes[2].StopAsync();

        // A leader leaves, too, with clients of its own, and takes its time with nobody's messages.
        await using LoadRun late = await LoadRun.StartAsync([staying[0], fourth], publishers: 2, cmq: true, "m-d");
        await late.ConfirmAsync(100);
        await RemoveAsync(4, fourth, admin, late);
        await admin.UntilVotersAsync(1, 2);
        await load.ConfirmAsync(300);
        await late.ConfirmAsync(100);

        await Task.WhenAll(load.FinishAsync(), late.FinishAsync());
        output.WriteLine($"{load.Progress()}; {late.Progress()}");
    }

    [Fact]
    public async Task A_removed_node_that_serves_clients_tells_them_and_stops_with_0()
    {
        // Nothing that is waited for on the node ends just because a while has passed.
        await using BrokerCluster cluster = await BrokerCluster.StartAsync(arguments: ["--Publish:TimeoutMs=600000"]);
        BrokerProcess leaving = cluster.Nodes[2];
        var admin = new ClusterAdmin(cluster.Nodes[0]);
        await using LoadRun load = await LoadRun.StartAsync(
            cluster.Nodes, publishers: 3, cmq: true, "s-a", "s-b", "s-c");
        await using IConnection connection = await AmqpClient.ConnectAsync(leaving);
        Task<ShutdownEventArgs> told = EndOf(connection);
        await ConsumeOfEveryGroupAsync(connection);
        await load.ConfirmAsync(300);

        await RemoveAsync(3, leaving, admin, load);
        Assert.Equal(320, (await told.WaitAsync(Patience.Long)).ReplyCode);
        await admin.UntilVotersAsync(1, 2);
        await leaving.StopAsync();

        Assert.DoesNotContain(leaving.Output.Lines, line => line.Contains(" ERR ", StringComparison.Ordinal));
        await load.ConfirmAsync(300);
        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    [Fact]
    public async Task A_change_goes_on_when_its_leader_and_the_new_node_are_killed_in_the_middle_of_it()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync(cluster.Nodes, publishers: 2, cmq: true, "k-a", "k-b");
        await load.ConfirmAsync(300);
        BrokerProcess leader = await cluster.LeaderOfGroupAsync(0);
        BrokerProcess other = cluster.Nodes.First(node => node != leader);
        var admin = new ClusterAdmin(other);
        await using BrokerProcess fourth = BrokerProcess.Launch(Joining(cluster));
        await admin.UntilWaitingAsync(4);

        Assert.Equal(HttpStatusCode.Accepted, await admin.AddAsync(4));
        await Task.WhenAll(leader.KillAsync(), fourth.KillAsync());
        await load.ConfirmAsync(100);
        await leader.RestartAsync();
        fourth.Relaunch();
        await fourth.WaitReadyAsync();
        await admin.UntilVotersAsync(1, 2, 3, 4);
        await PublishAndTakeAsync(fourth);

        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    [Fact]
    public async Task A_node_whose_disk_is_gone_is_replaced_under_load_and_counts_again()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        BrokerProcess replaced = cluster.Nodes[2];
        var admin = new ClusterAdmin(cluster.Nodes[0]);
        await using LoadRun load = await LoadRun.StartAsync(
            [cluster.Nodes[0], cluster.Nodes[1]], publishers: 2, cmq: true, "r-a", "r-b", "r-c");
        await load.ConfirmAsync(300);

        await replaced.KillAsync();
        Empty(replaced);
        replaced.Relaunch();
        await admin.UntilWaitingAsync(3);
        Assert.Equal(HttpStatusCode.Conflict, await admin.AddAsync(3));
        // Not before its old life is over.
        await Patience.UntilAsync(
            async () => await admin.AddAsync(3, replace: true) == HttpStatusCode.Accepted, "the disk is replaced");
        await replaced.WaitReadyAsync();
        await admin.UntilVotersAsync(1, 2, 3);
        await load.ConfirmAsync(300);

        // With one of the others gone for a while, nothing is confirmed without the new disk.
        await cluster.Nodes[0].KillAsync();
        await load.ConfirmAsync(300);
        await PublishAndTakeAsync(replaced);
        await cluster.Nodes[0].RestartAsync();

        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    [Fact]
    public async Task An_emptied_node_is_no_majority_with_another_one()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await PublishAndTakeAsync(cluster.Nodes[0]);
        await Task.WhenAll(cluster.Nodes[1].KillAsync(), cluster.Nodes[2].KillAsync());
        Empty(cluster.Nodes[2]);

        cluster.Nodes[2].Relaunch();
        await new ClusterAdmin(cluster.Nodes[0]).UntilWaitingAsync(3);
        await Patience.UntilAsync(async () => !await IsReadyAsync(cluster.Nodes[0]), "the lease of the node that is left ends");
        for (int i = 0; i < 50; i++)
        {
            Assert.False(await IsReadyAsync(cluster.Nodes[0]), "a majority with a disk that knows nothing");
            await Task.Delay(100);
        }

        await cluster.Nodes[1].RestartAsync();
        await PublishAndTakeAsync(cluster.Nodes[1]);
    }

    [Fact]
    public async Task Leadership_moves_where_it_is_told_to_under_load()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using LoadRun load = await LoadRun.StartAsync(cluster.Nodes, publishers: 2, cmq: true, "l-a", "l-b");
        await load.ConfirmAsync(200);

        foreach (int heir in (int[])[2, 3, 1])
        {
            // Through each node in turn, whoever leads.
            var admin = new ClusterAdmin(cluster.Nodes[heir % 3]);
            foreach (int group in await cluster.GroupsAsync())
            {
                Assert.Equal(HttpStatusCode.OK, await admin.MoveAsync(group, heir));
                Assert.Same(cluster.Nodes[heir - 1], await cluster.LeaderOfGroupAsync(group));
            }

            await load.ConfirmAsync(200);
        }

        Assert.Equal(HttpStatusCode.Conflict, await new ClusterAdmin(cluster.Nodes[0]).MoveAsync(0, 4));
        Assert.Equal(HttpStatusCode.NotFound, await new ClusterAdmin(cluster.Nodes[0]).MoveAsync(99, 1));
        await load.FinishAsync();
        output.WriteLine(load.Progress());
    }

    /// <summary>Its clients are told, and go to others; those of the load that began on it are a publisher, a consumer
    /// and a receiver.</summary>
    private static async Task RemoveAsync(int number, BrokerProcess node, ClusterAdmin admin, LoadRun load)
    {
        const int connectionForced = 320;
        const byte serverShuttingDown = 0x8B;
        using RawClient amqp = await RawClient.OpenAmqpAsync(node.AmqpPort);
        using RawMqtt five = await RawMqtt.OpenAsync(node.MqttPort, RawMqtt.V5);
        using RawMqtt three = await RawMqtt.OpenAsync(node.MqttPort, RawMqtt.V311);
        Task moved = load.MoveAsync(3);

        Assert.Equal(HttpStatusCode.Accepted, await admin.RemoveAsync(number));
        Assert.Equal(connectionForced, (await amqp.ReadCloseAsync()).Code);
        Assert.Equal(serverShuttingDown, (await five.ReadAsync(RawMqtt.Disconnect))[0]);
        Assert.Empty(await three.Client.ReadToEndAsync());
        Assert.False(await IsReadyAsync(node), "a node that was removed serves clients");
        await moved;
        load.Left(node);
    }

    private static Task<ShutdownEventArgs> EndOf(IConnection connection)
    {
        var closed = new TaskCompletionSource<ShutdownEventArgs>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.ConnectionShutdownAsync += (_, why) =>
        {
            closed.TrySetResult(why);
            return Task.CompletedTask;
        };
        return closed.Task;
    }

    /// <summary>By the hash of their names some of the queues are in each group: at its end the connection has
    /// something to say to all.</summary>
    private static async Task ConsumeOfEveryGroupAsync(IConnection connection)
    {
        const int queues = 32;
        IChannel channel = await connection.CreateChannelAsync();
        for (int i = 0; i < queues; i++)
        {
            await channel.DeclareAsync($"s-own-{i}");
            await channel.BasicConsumeAsync($"s-own-{i}", autoAck: false, new AsyncEventingBasicConsumer(channel));
        }
    }

    private static BrokerSettings Joining(BrokerCluster cluster) => new()
    {
        NodeId = 4,
        Arguments = [.. cluster.Nodes.Select(
            (node, i) => $"--Cluster:Peers:{i}={i + 1}@127.0.0.1:{node.ClusterPort}")],
    };

    private static async Task<bool> IsReadyAsync(BrokerProcess node) =>
        await node.AskAdminAsync("/health/ready") == HttpStatusCode.OK;

    private static void Empty(BrokerProcess node)
    {
        Directory.Delete(node.DataDirectory, recursive: true);
        Directory.CreateDirectory(node.DataDirectory);
    }

    private static async Task PublishAndTakeAsync(BrokerProcess node)
    {
        await using IConnection connection = await Patience.RetryAsync(
            () => AmqpClient.ConnectAsync(node), "the node serves");
        await using IChannel channel = await connection.ConfirmingAsync();
        await channel.DeclareAsync("m-own");
        await channel.SendAsync("m-own", "here"u8.ToArray());
        Assert.NotNull(await channel.BasicGetAsync("m-own", autoAck: true));
    }
}
