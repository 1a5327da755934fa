using System.Text;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

/// <summary>Three nodes: any of them serves any client, and two of them are enough.</summary>
public sealed class ClusterTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task What_is_published_at_one_node_is_consumed_at_another_also_when_the_first_is_gone()
    {
        await using BrokerCluster cluster = await BrokerCluster.StartAsync();
        await using (IConnection connection = await ConnectAsync(cluster.Nodes[0]))
        {
            await using IChannel channel = await OpenAsync(connection);
            for (int queue = 0; queue < 4; queue++)
                await channel.QueueDeclareAsync($"q{queue}", durable: true, exclusive: false, autoDelete: false);
            await PublishAsync(channel, "before");
        }

        await using IConnection second = await ConnectAsync(cluster.Nodes[1]);
        await using IChannel atSecond = await OpenAsync(second);
        await ExpectAsync(atSecond, "before");

        await PublishAsync(atSecond, "kept");
        await cluster.Nodes[0].KillAsync();
        await PublishAsync(atSecond, "after");
        await using IConnection third = await ConnectAsync(cluster.Nodes[2]);
        await using IChannel atThird = await OpenAsync(third);
        await ExpectAsync(atThird, "after", "kept");
    }

    private static Task<IConnection> ConnectAsync(BrokerProcess node) => new ConnectionFactory
    {
        Uri = node.AmqpUri,
        AutomaticRecoveryEnabled = false,
        ContinuationTimeout = Patience,
    }.CreateConnectionAsync();

    private static Task<IChannel> OpenAsync(IConnection connection) => connection.CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));

    private static async Task PublishAsync(IChannel channel, string body)
    {
        for (int queue = 0; queue < 4; queue++)
        {
            await channel.BasicPublishAsync("", $"q{queue}", mandatory: true, new BasicProperties { Persistent = true },
                Encoding.UTF8.GetBytes(body)).AsTask().WaitAsync(Patience);
        }
    }

    /// <summary>Each queue holds just these. After a change of leader the older ones may come later than the newer:
    /// the new leader waits until it knows what the lost node's consumers hold.</summary>
    private static async Task ExpectAsync(IChannel channel, params string[] bodies)
    {
        using var patience = new CancellationTokenSource(Patience);
        for (int queue = 0; queue < 4; queue++)
        {
            var got = new List<string>();
            while (got.Count < bodies.Length)
            {
                if (await channel.BasicGetAsync($"q{queue}", autoAck: true, patience.Token) is { } message)
                    got.Add(Encoding.UTF8.GetString(message.Body.Span));
                else
                    await Task.Delay(50, patience.Token);
            }

            Assert.Equal(bodies, got.Order());
            Assert.Null(await channel.BasicGetAsync($"q{queue}", autoAck: true, patience.Token));
        }
    }
}
