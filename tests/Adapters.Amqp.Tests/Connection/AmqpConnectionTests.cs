using System.Text;
using Cmq.MultiProtocol.Adapters.Amqp.Codec;
using Cmq.MultiProtocol.Adapters.Amqp.Codec.Methods;
using Cmq.MultiProtocol.Adapters.Amqp.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Amqp.Tests.Connection;

/// <summary>The loop around a conversation: bytes in, bytes out, time, pressure.</summary>
public sealed class AmqpConnectionTests
{
    [Fact]
    public async Task A_message_goes_in_and_comes_out_and_is_confirmed()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Broker.AddQueue("q");
        await client.SendAsync(1, new ConfirmSelect(false));
        await client.ExpectAsync<ConfirmSelectOk>(1);
        byte[] body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        client.QueuePublish("", "q", body);
        Task flushed = client.Output.FlushAsync().AsTask();
        Assert.Equal(new BasicAck(1, false), await client.ExpectAsync<BasicAck>(1));
        await flushed;

        await client.SendAsync(1, new BasicConsume("q", "t", false, false, false, false, default));
        await client.ExpectAsync<BasicConsumeOk>(1);
        await client.ExpectAsync<BasicDeliver>(1);
        Assert.Equal(body, await client.ExpectBodyAsync());

        await client.SendAsync(0, new ConnectionClose(AmqpCode.ReplySuccess, "", 0, 0));
        await client.ExpectAsync<ConnectionCloseOk>();
        await client.Output.CompleteAsync();
        await client.EndedAsync();
        Assert.True(client.Link.IsDisposed);
    }

    [Fact]
    public async Task A_dialogue_cut_into_single_bytes_is_understood()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Broker.AddQueue("q");
        var output = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new AmqpWriter(output);
        writer.Method(1, new BasicPublish("", "q", false, false));
        writer.Content(1, [0, 0], new System.Buffers.ReadOnlySequence<byte>([1, 2, 3]), 4_096);
        writer.Method(1, new BasicGet("q", true));
        foreach (byte part in output.WrittenSpan.ToArray())
            await client.SendBytesAsync([part]);
        await client.ExpectAsync<BasicGetOk>(1);
        Assert.Equal([1, 2, 3], await client.ExpectBodyAsync());
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\n\r\n")]
    [InlineData("AMQP\0\u0001\0\0")]
    public async Task Garbage_instead_of_a_header_is_answered_with_ours_and_closed(string garbage)
    {
        await using var client = new PipeClient();
        await client.SendBytesAsync(Encoding.Latin1.GetBytes(garbage));
        await client.Output.CompleteAsync();
        Assert.Equal("AMQP\0\0\x09\x01"u8.ToArray(), await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_frame_too_large_is_told_and_the_rest_thrown_away()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        await client.SendBytesAsync([1, 0, 1, 0x7F, 0, 0, 0, .. new byte[1_000]]);
        ConnectionClose close = await client.ExpectAsync<ConnectionClose>();
        Assert.Equal("FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,2130706432,131064}", close.Text);
        await client.SendBytesAsync(new byte[100_000]);
        await client.Time.ArmedAsync(3_000);
        client.Time.Advance(3_000);
        await client.EndedAsync();
    }

    [Fact]
    public async Task Start_ok_must_fit_the_smallest_frame()
    {
        await using var client = new PipeClient();
        await client.SendBytesAsync("AMQP\0\0\x09\x01"u8.ToArray());
        await client.ExpectAsync<ConnectionStart>();
        await client.SendBytesAsync([1, 0, 0, 0, 0, 0x20, 0]);
        await client.Time.ArmedAsync(3_000);
        client.Time.Advance(3_000);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task A_handshake_that_does_not_end_is_dropped()
    {
        await using var client = new PipeClient();
        await client.SendBytesAsync("AMQP\0\0\x09\x01"u8.ToArray());
        await client.ExpectAsync<ConnectionStart>();
        client.Time.Advance(9_999);
        Assert.False(client.Served.IsCompleted);
        client.Time.Advance(1);
        await client.EndedAsync();
    }

    [Fact]
    public async Task Heartbeats_are_sent_at_half_the_interval_and_missed_after_two()
    {
        await using PipeClient client = await PipeClient.OpenAsync(heartbeat: 12);
        // Open-ok was sent in the first half interval, so the first heartbeat comes after the second. We say
        // nothing: the looks after 24 and 36 seconds find silence.
        for (int seconds = 6; seconds <= 30; seconds += 6)
        {
            await client.Time.ArmedAsync(seconds * 1_000);
            client.Time.Advance(6_000);
            if (seconds > 6)
                Assert.Equal(AmqpFrameType.Heartbeat, (await client.ReadAsync()).Type);
            Assert.False(client.Served.IsCompleted);
        }
        await client.Time.ArmedAsync(36_000);
        client.Time.Advance(6_000);
        await client.EndedAsync();
    }

    [Fact]
    public async Task Any_byte_counts_as_life()
    {
        await using PipeClient client = await PipeClient.OpenAsync(heartbeat: 10);
        await client.Time.ArmedAsync(5_000);
        for (int i = 0; i < 8; i++)
        {
            await client.SendAsync(1, new BasicQos(0, 1, false));
            await client.ExpectAsync<BasicQosOk>(1);
            client.Time.Advance(10_000);
            // Before the loop has looked, the next answer would count for this step, too; and at the next step,
            // with nothing sent for it, a heartbeat would rightly come between.
            await client.Time.ArmedAsync(((i + 1) * 10_000) + 5_000);
        }
        Assert.False(client.Served.IsCompleted);
    }

    [Fact]
    public async Task A_publisher_without_room_is_not_read_on_until_there_is_some()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Broker.AddQueue("q");
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Link.Room = room;
        client.Link.Sink.Blocked("low on disk");
        client.QueuePublish("", "q", [1]);
        client.QueuePublish("", "q", [2]);
        client.Queue(1, new BasicQos(0, 1, false));
        await client.Output.FlushAsync();
        Assert.Equal("low on disk", (await client.ExpectAsync<ConnectionBlocked>()).Reason);
        Assert.Single(client.Link.Published);

        client.Link.Room = null;
        room.SetResult();
        await client.ExpectAsync<BasicQosOk>(1);
        Assert.Equal(2, client.Link.Published.Count);
    }

    [Fact]
    public async Task A_channel_that_waits_is_taken_up_again_where_it_was_left()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Link.Gate = gate;
        client.Queue(1, new QueueDeclare("q", false, true, false, false, false, default));
        client.Queue(1, new BasicQos(0, 1, false));
        client.QueuePublish("", "q", [1]);
        client.Queue(1, new BasicGet("q", true));
        await client.Output.FlushAsync();
        await client.Link.GateReached;
        client.Link.Gate = null;
        gate.SetResult();
        await client.ExpectAsync<QueueDeclareOk>(1);
        await client.ExpectAsync<BasicQosOk>(1);
        await client.ExpectAsync<BasicGetOk>(1);
        Assert.Equal([1], await client.ExpectBodyAsync());
    }

    [Fact]
    public async Task A_client_that_does_not_read_gets_no_more_than_the_limit_and_loses_nothing()
    {
        await using PipeClient client = await PipeClient.OpenAsync(
            options: new AmqpOptions { MaxUnsentBytes = 100_000, DeliveryWindow = 10 });
        FakeQueue queue = client.Broker.AddQueue("q");
        for (int i = 0; i < 200; i++)
        {
            queue.Add(new StoredMessage("", "q", [], PropertyFormat.Amqp, new byte[] { 0, 0 },
                new System.Buffers.ReadOnlySequence<byte>(new byte[20_000]), 0, null, 0, true, null));
        }
        await client.SendAsync(1, new BasicConsume("q", "t", false, false, false, false, default));
        await client.ExpectAsync<BasicConsumeOk>(1);
        Assert.True(queue.Ready.Count > 150, $"{queue.Ready.Count} messages left");
        for (ulong tag = 1; tag <= 200; tag++)
        {
            Assert.Equal(tag, (await client.ExpectAsync<BasicDeliver>(1)).DeliveryTag);
            Assert.Equal(20_000, (await client.ExpectBodyAsync()).Length);
        }
    }

    [Fact]
    public async Task A_node_that_stops_tells_its_clients()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Link.Sink.Closing("shutdown");
        Assert.Equal(AmqpCode.ConnectionForced, (await client.ExpectAsync<ConnectionClose>()).Code);
        await client.SendAsync(0, default(ConnectionCloseOk));
        await client.Output.CompleteAsync();
        await client.EndedAsync();
        Assert.True(client.Link.IsDisposed);
    }

    [Fact]
    public async Task A_client_that_never_agrees_to_the_close_is_dropped()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Link.Sink.Closing("shutdown");
        await client.ExpectAsync<ConnectionClose>();
        await client.Time.ArmedAsync(3_000);
        client.Time.Advance(3_000);
        await client.EndedAsync();
    }

    [Fact]
    public async Task Random_bytes_cost_their_connection_and_nothing_else()
    {
        var broker = new FakeBroker();
        for (int seed = 0; seed < 50; seed++)
        {
            await using PipeClient client = await PipeClient.OpenAsync(broker);
            byte[] bytes = new byte[300];
            var random = new Random(seed);
            random.NextBytes(bytes);
            // Half of them are well-framed methods with random fields.
            if (seed % 2 == 0)
                bytes = [1, 0, 1, 0, 0, 0, 44, 0, (byte)(random.Next(1, 10) * 10), 0, (byte)(random.Next(1, 13) * 10), .. bytes[..40], 0xCE];
            await client.SendBytesAsync(bytes);
            await client.Output.CompleteAsync();
            await client.EndedAsync();
            Assert.True(broker.Connections[^1].IsDisposed);
        }
    }
}
