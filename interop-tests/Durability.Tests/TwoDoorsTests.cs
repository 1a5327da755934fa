using System.Text;
using Cmq.MultiProtocol.Interop.Durability.Clients;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>Issue "One queue, two doors": what one protocol sends the other takes, and settling is shared.</summary>
public sealed class TwoDoorsTests(BrokerFixture fixture) : IClassFixture<BrokerFixture>
{
    private const string Queue = "orders";

    [Fact]
    public async Task Orders_go_in_and_out_by_both_doors_and_are_settled_once()
    {
        using CmqClient cmq = CmqClient.Of(fixture.Broker);
        await using IConnection connection = await AmqpClient.ConnectAsync(fixture.Broker);
        await using IChannel channel = await connection.ConfirmingAsync();
        (await cmq.CallAsync("CreateQueue", ("queueName", Queue), ("visibilityTimeout", "60"))).Expect();

        // CMQ to AMQP: a text, persistent, as if published to the default exchange.
        string text = "größer als 1 & = + %";
        string id = (await cmq.CallAsync("SendMessage", ("queueName", Queue), ("msgBody", text))).Expect().Text("msgId");
        BasicGetResult order = (await channel.BasicGetAsync(Queue, autoAck: false))!;
        Assert.Equal(text, Encoding.UTF8.GetString(order.Body.Span));
        Assert.Equal(id, order.BasicProperties.MessageId);
        Assert.Equal(DeliveryModes.Persistent, order.BasicProperties.DeliveryMode);
        Assert.Equal("", order.Exchange);
        Assert.Equal(Queue, order.RoutingKey);

        // What AMQP holds CMQ does not get; what AMQP gave back it gets; what it settled is gone for AMQP.
        Assert.True((await cmq.CallAsync("ReceiveMessage", ("queueName", Queue))).IsNoMessage);
        await channel.BasicRejectAsync(order.DeliveryTag, requeue: true);
        await channel.QueueDeclarePassiveAsync(Queue);
        CmqAnswer returned = (await cmq.CallAsync("ReceiveMessage", ("queueName", Queue))).Expect();
        Assert.Equal(text, returned.Text("msgBody"));
        Assert.Equal(id, returned.Text("msgId"));
        Assert.Null(await channel.BasicGetAsync(Queue, autoAck: false));
        (await cmq.CallAsync(
            "DeleteMessage", ("queueName", Queue), ("receiptHandle", returned.Text("receiptHandle")))).Expect();

        // AMQP to CMQ.
        await channel.SendAsync(
            Queue, "by amqp"u8.ToArray(), new BasicProperties { ContentType = "text/plain", Priority = 3 });
        CmqAnswer taken = (await cmq.CallAsync("ReceiveMessage", ("queueName", Queue))).Expect();
        Assert.Equal("by amqp", taken.Text("msgBody"));
        Assert.Equal(1, taken.Number("dequeueCount"));
        Assert.Equal(0u, (await channel.QueueDeclarePassiveAsync(Queue)).MessageCount);
        (await cmq.CallAsync(
            "DeleteMessage", ("queueName", Queue), ("receiptHandle", taken.Text("receiptHandle")))).Expect();

        // An ack by AMQP is final for CMQ.
        await channel.SendAsync(Queue, "last"u8.ToArray());
        BasicGetResult last = (await channel.BasicGetAsync(Queue, autoAck: false))!;
        await channel.BasicAckAsync(last.DeliveryTag, multiple: false);
        await channel.QueueDeclarePassiveAsync(Queue);
        CmqAnswer attributes = (await cmq.CallAsync("GetQueueAttributes", ("queueName", Queue))).Expect();
        Assert.Equal(0, attributes.Number("activeMsgNum"));
        Assert.Equal(0, attributes.Number("inactiveMsgNum"));
        Assert.True((await cmq.CallAsync("ReceiveMessage", ("queueName", Queue))).IsNoMessage);
    }

    [Fact]
    public async Task A_CMQ_topic_is_an_exchange_and_both_survive_a_kill()
    {
        await using BrokerProcess broker = await BrokerProcess.StartAsync();
        using CmqClient cmq = CmqClient.Of(broker);
        string text = "größer als 1 & = + %";
        (await cmq.CallAsync("CreateQueue", ("queueName", "mail"))).Expect();
        (await cmq.CallAsync("CreateTopic", ("topicName", "news"), ("maxMsgSize", "2048"))).Expect();
        (await cmq.CallAsync(
            "Subscribe", ("topicName", "news"), ("subscriptionName", "sports"), ("protocol", "queue"),
            ("endpoint", "mail"), ("filterTag.0", "goal"))).Expect();

        await broker.KillAsync();
        await broker.RestartAsync();

        Assert.Equal(2_048, (await cmq.CallAsync("GetTopicAttributes", ("topicName", "news"))).Expect().Number("maxMsgSize"));
        CmqAnswer subscription = (await cmq.CallAsync(
            "GetSubscriptionAttributes", ("topicName", "news"), ("subscriptionName", "sports"))).Expect();
        Assert.Equal("mail", subscription.Text("endpoint"));
        string id = (await cmq.CallAsync(
            "PublishMessage", ("topicName", "news"), ("msgBody", text), ("msgTag.0", "late"), ("msgTag.1", "goal")))
            .Expect().Text("msgId");
        await using IConnection connection = await AmqpClient.ConnectAsync(broker);
        await using IChannel channel = await connection.ConfirmingAsync();
        BasicGetResult message = (await channel.BasicGetAsync("mail", autoAck: true))!;
        Assert.Equal(text, Encoding.UTF8.GetString(message.Body.Span));
        Assert.Equal(
            ("news", "late", id), (message.Exchange, message.RoutingKey, message.BasicProperties.MessageId));

        // The other way round: the tag is the routing key.
        await channel.BasicPublishAsync("news", "goal", mandatory: true, "by amqp"u8.ToArray());
        CmqAnswer received = (await cmq.CallAsync("ReceiveMessage", ("queueName", "mail"))).Expect();
        Assert.Equal("by amqp", received.Text("msgBody"));
    }
}
