using System.Threading.Channels;
using RabbitMQ.Client;

namespace Cmq.MultiProtocol.Interop.AmqpDotnet;

public sealed class PublishAndConsumeTests(BrokerFixture fixture) : AmqpTest(fixture)
{
    [Fact]
    public async Task Confirmed_messages_arrive_once_and_in_order()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        // The returned task completes with the broker's confirm.
        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => PublishAsync(channel, queue, $"m{i}").AsTask()));
        (_, ChannelReader<Received> deliveries) = await ConsumeAsync(channel, queue);

        for (int i = 0; i < 500; i++)
        {
            Received received = await NextAsync(deliveries);
            Assert.Equal($"m{i}", received.Text);
            Assert.False(received.Redelivered);
            await channel.BasicAckAsync(received.Tag, multiple: false);
        }

        Assert.Null(await channel.BasicGetAsync(queue, autoAck: true));
        Assert.Equal(0u, await channel.MessageCountAsync(queue));
    }

    [Fact]
    public async Task A_get_of_an_empty_queue_finds_nothing()
    {
        await using IChannel channel = await OpenAsync();

        Assert.Null(await channel.BasicGetAsync(await DeclareAsync(channel), autoAck: true));
    }

    [Fact]
    public async Task A_get_tells_how_many_are_left()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        await PublishAsync(channel, queue, "a");
        await PublishAsync(channel, queue, "b");

        BasicGetResult? first = await channel.BasicGetAsync(queue, autoAck: false);

        Assert.Equal(1u, first!.MessageCount);
        await channel.BasicAckAsync(first.DeliveryTag, multiple: false);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_returned_message_comes_again_and_says_so(bool nack)
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        await PublishAsync(channel, queue, "again");
        BasicGetResult? first = await channel.BasicGetAsync(queue, autoAck: false);
        Assert.False(first!.Redelivered);

        if (nack)
            await channel.BasicNackAsync(first.DeliveryTag, multiple: false, requeue: true);
        else
            await channel.BasicRejectAsync(first.DeliveryTag, requeue: true);

        BasicGetResult second = await GetSoonAsync(channel, queue);
        Assert.True(second.Redelivered);
        Assert.Equal("again"u8, second.Body.Span);
    }

    [Fact]
    public async Task What_a_lost_connection_held_comes_back()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        await PublishAsync(channel, queue, "held");
        IConnection other = await ConnectAsync();
        IChannel otherChannel = await other.CreateChannelAsync();
        Assert.NotNull(await otherChannel.BasicGetAsync(queue, autoAck: false));

        await other.DisposeAsync();

        Assert.True((await GetSoonAsync(channel, queue)).Redelivered);
    }

    [Fact]
    public async Task A_prefetch_of_two_lets_two_messages_wait_for_their_ack()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        for (int i = 0; i < 5; i++)
            await PublishAsync(channel, queue, $"m{i}");
        await channel.BasicQosAsync(prefetchSize: 0, prefetchCount: 2, global: false);
        (_, ChannelReader<Received> deliveries) = await ConsumeAsync(channel, queue);
        Received first = await NextAsync(deliveries);
        await NextAsync(deliveries);

        // The count comes after what was sent before it: a third delivery would be here by now.
        Assert.Equal(3u, await channel.MessageCountAsync(queue));
        Assert.False(deliveries.TryRead(out _));
        await channel.BasicAckAsync(first.Tag, multiple: false);

        Assert.Equal("m2", (await NextAsync(deliveries)).Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(131_064)]
    [InlineData(131_065)]
    [InlineData(5 * 1024 * 1024)]
    [InlineData(64 * 1024 * 1024)]
    public async Task A_body_of_any_size_comes_out_as_it_went_in(int bytes)
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        byte[] body = new byte[bytes];
        new Random(bytes).NextBytes(body);
        await channel.BasicPublishAsync("", queue, mandatory: true, body: body);

        BasicGetResult? message = await channel.BasicGetAsync(queue, autoAck: true);

        Assert.True(message!.Body.Span.SequenceEqual(body));
    }

    [Fact]
    public async Task Cancelling_ends_deliveries()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        (string tag, ChannelReader<Received> deliveries) = await ConsumeAsync(channel, queue);

        await channel.BasicCancelAsync(tag);
        await PublishAsync(channel, queue, "later");

        Assert.Equal(1u, await channel.MessageCountAsync(queue));
        Assert.False(deliveries.TryRead(out _));
    }

    [Fact]
    public async Task A_consumer_learns_that_its_queue_was_deleted()
    {
        await using IChannel channel = await OpenAsync();
        string queue = await DeclareAsync(channel);
        (_, ChannelReader<Received> deliveries) = await ConsumeAsync(channel, queue);

        await channel.QueueDeleteAsync(queue);

        await deliveries.Completion.WaitAsync(Patience);
    }
}
