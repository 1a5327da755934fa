using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "Several nodes": clients on different nodes of a healthy cluster see one broker.</summary>
public sealed class SeveralNodesTests(ClusterFixture fixture) : IClassFixture<ClusterFixture>
{
    private IReadOnlyList<BrokerProcess> Nodes => fixture.Cluster.Nodes;

    [Fact]
    public async Task A_queue_declared_on_one_node_is_published_to_on_another_and_settled_on_the_third()
    {
        await using IConnection first = await AmqpClient.ConnectAsync(Nodes[0]);
        await using IConnection second = await AmqpClient.ConnectAsync(Nodes[1]);
        await using IConnection third = await AmqpClient.ConnectAsync(Nodes[2]);
        await using IChannel declaring = await first.CreateChannelAsync();
        await using IChannel publishing = await second.ConfirmingAsync();
        await using IChannel settling = await third.CreateChannelAsync();

        // Many, so that both data groups and leaders on every node are met.
        for (int i = 0; i < 30; i++)
        {
            string queue = $"s-{i}";
            await declaring.DeclareAsync(queue);
            // At once: the declare's answer waits for every node.
            await publishing.SendAsync(queue, Encoding.ASCII.GetBytes($"first of {queue}"));
            await publishing.SendAsync(queue, Encoding.ASCII.GetBytes($"second of {queue}"));
            foreach (IChannel channel in (IChannel[])[declaring, publishing, settling])
                Assert.Equal(2u, (await channel.QueueDeclarePassiveAsync(queue)).MessageCount);

            BasicGetResult? message = await settling.BasicGetAsync(queue, autoAck: false);
            Assert.Equal($"first of {queue}", Encoding.ASCII.GetString(message!.Body.Span));
            Assert.Equal(1u, message.MessageCount);
            foreach (IChannel channel in (IChannel[])[declaring, publishing, settling])
                Assert.Equal(1u, (await channel.QueueDeclarePassiveAsync(queue)).MessageCount);
            await settling.BasicAckAsync(message.DeliveryTag, multiple: false);
            Assert.Equal(1u, await settling.QueuePurgeAsync(queue));
            Assert.Equal(0u, (await declaring.QueueDeclarePassiveAsync(queue)).MessageCount);
            await settling.QueueDeleteAsync(queue);
            Assert.Equal(404, await CodeOfAsync(first, channel => channel.QueueDeclarePassiveAsync(queue)));
        }
    }

    [Fact]
    public async Task An_exclusive_queue_takes_messages_from_every_node_and_obeys_its_connection_only()
    {
        await using IConnection owner = await AmqpClient.ConnectAsync(Nodes[0]);
        await using IConnection other = await AmqpClient.ConnectAsync(Nodes[1]);
        await using IChannel mine = await owner.CreateChannelAsync();
        await using IChannel publishing = await other.ConfirmingAsync();
        string queue = (await mine.QueueDeclareAsync("", durable: false, exclusive: true, autoDelete: true)).QueueName;
        await mine.QueueBindAsync(queue, "amq.topic", "several.#");

        await publishing.SendAsync(queue, "direct"u8.ToArray());
        await publishing.BasicPublishAsync("amq.topic", "several.nodes", mandatory: true, "routed"u8.ToArray());
        Assert.Equal(405, await CodeOfAsync(other, channel => channel.BasicGetAsync(queue, autoAck: true)));

        Assert.Equal("direct"u8.ToArray(), (await mine.BasicGetAsync(queue, autoAck: true))!.Body.ToArray());
        Assert.Equal("routed"u8.ToArray(), (await mine.BasicGetAsync(queue, autoAck: true))!.Body.ToArray());

        await owner.CloseAsync();
        Assert.Equal(404, await CodeOfAsync(other, channel => channel.QueueDeclarePassiveAsync(queue)));
    }

    [Fact]
    public async Task A_message_received_through_one_node_is_not_handed_out_by_another_before_its_timeout()
    {
        using CmqClient first = CmqClient.Of(Nodes[0]);
        using CmqClient second = CmqClient.Of(Nodes[1]);
        using CmqClient third = CmqClient.Of(Nodes[2]);
        (await first.CallAsync("CreateQueue", ("queueName", "strict"), ("visibilityTimeout", "4"))).Expect();
        (await second.CallAsync("SendMessage", ("queueName", "strict"), ("msgBody", "once"))).Expect();

        CmqAnswer held = (await third.CallAsync("ReceiveMessage", ("queueName", "strict"))).Expect();
        Assert.Equal("once", held.Text("msgBody"));
        Assert.True((await first.CallAsync("ReceiveMessage", ("queueName", "strict"))).IsNoMessage);
        CmqAnswer again = (await second.CallAsync(
            "ReceiveMessage", ("queueName", "strict"), ("pollingWaitSeconds", "20"))).Expect();

        Assert.Equal(held.Text("msgId"), again.Text("msgId"));
        Assert.Equal(2, again.Number("dequeueCount"));
        Assert.True(
            again.Number("nextVisibleTime") >= held.Number("nextVisibleTime") + 4,
            $"handed out again before {held.Number("nextVisibleTime")}");
        Assert.Equal(4430, (await first.CallAsync(
            "DeleteMessage", ("queueName", "strict"), ("receiptHandle", held.Text("receiptHandle")))).Code);
        (await first.CallAsync(
            "DeleteMessage", ("queueName", "strict"), ("receiptHandle", again.Text("receiptHandle")))).Expect();
    }

    [Fact]
    public async Task A_subscription_made_on_one_node_counts_at_once_on_the_others()
    {
        using CmqClient first = CmqClient.Of(Nodes[0]);
        using CmqClient second = CmqClient.Of(Nodes[1]);
        using CmqClient third = CmqClient.Of(Nodes[2]);
        (string, string)[] subscription = [("topicName", "news"), ("subscriptionName", "mine")];
        (await first.CallAsync("CreateQueue", ("queueName", "subscriber"))).Expect();
        (await first.CallAsync("CreateTopic", ("topicName", "news"))).Expect();
        (await second.CallAsync(
            "Subscribe", [.. subscription, ("protocol", "queue"), ("endpoint", "subscriber"), ("filterTag.1", "a")]))
            .Expect();
        (await third.CallAsync("PublishMessage", ("topicName", "news"), ("msgBody", "1"), ("msgTag.1", "a"))).Expect();
        (await third.CallAsync("SetSubscriptionAttributes", [.. subscription, ("filterTag.1", "b")])).Expect();
        Assert.Equal(6030, (await first.CallAsync(
            "PublishMessage", ("topicName", "news"), ("msgBody", "2"), ("msgTag.1", "a"))).Code);
        (await first.CallAsync("PublishMessage", ("topicName", "news"), ("msgBody", "3"), ("msgTag.1", "b"))).Expect();

        foreach (string body in (string[])["1", "3"])
        {
            CmqAnswer received = await second.CallAsync(
                "ReceiveMessage", ("queueName", "subscriber"), ("pollingWaitSeconds", "10"));
            Assert.Equal(body, received.Expect().Text("msgBody"));
        }
    }

    private static async Task<int> CodeOfAsync<T>(IConnection connection, Func<IChannel, Task<T>> call)
    {
        await using IChannel channel = await connection.CreateChannelAsync();
        var refused = await Assert.ThrowsAsync<OperationInterruptedException>(() => call(channel));
        return refused.ShutdownReason!.ReplyCode;
    }
}
