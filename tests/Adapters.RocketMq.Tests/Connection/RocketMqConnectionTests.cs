using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Connection;

/// <summary>Specification sections 1 to 3.</summary>
public sealed class RocketMqConnectionTests : IDisposable
{
    private readonly Desk _desk = new(new RocketMqOptions { IdleTimeoutMs = 10_000, RelayTimeoutMs = 5_000 });

    public RocketMqConnectionTests() => _desk.Broker.AddTopic("T", 1);

    public void Dispose() => _desk.Dispose();

    [Fact]
    public async Task Requests_that_came_together_are_all_answered()
    {
        await using var client = new PipeClient(_desk.Door);

        for (int opaque = 1; opaque <= 1_000; opaque++)
            await client.SendAsync(RocketMqRequestCode.GetMaxOffset, opaque, new QueueRequest("T", 0));

        for (int opaque = 1; opaque <= 1_000; opaque++)
            Assert.Equal((opaque, 0), Shown(await client.NextAsync()));
    }

    [Fact]
    public async Task A_frame_that_comes_byte_by_byte_is_answered()
    {
        await using var client = new PipeClient(_desk.Door);
        var request = new RocketMqCommand((int)RocketMqRequestCode.GetMaxOffset, 7, 0)
        {
            Fields = RocketMqFields.Of(new QueueRequest("T", 0)),
        };

        foreach (byte one in Codec.Frames.Write(request))
            await client.SendAsync([one]);

        Assert.Equal((7, 0), Shown(await client.NextAsync()));
    }

    [Fact]
    public async Task What_waits_does_not_hold_up_what_is_ready()
    {
        await using var client = new PipeClient(_desk.Door);
        await client.SendAsync(RocketMqRequestCode.PullMessage, 1, Desk.Pull("T", sysFlag: 6));
        await client.SendAsync(RocketMqRequestCode.GetMinOffset, 2, new QueueRequest("T", 0));
        Assert.Equal((2, 0), Shown(await client.NextAsync()));

        _desk.Client.Send(Desk.Send("T"), "late");

        RocketMqCommand answer = await client.NextAsync();
        Assert.Equal((1, 0), Shown(answer));
        Assert.Equal("late", Desk.Text(Assert.Single(Desk.Records(answer))));
    }

    [Fact]
    public async Task An_answer_larger_than_any_buffer_arrives_whole()
    {
        await using var client = new PipeClient(_desk.Door);
        string body = new('x', 3_000_000);
        _desk.Client.Send(Desk.Send("T"), body);

        await client.SendAsync(RocketMqRequestCode.PullMessage, 1, Desk.Pull("T"));

        Assert.Equal(body, Desk.Text(Assert.Single(Desk.Records(await client.NextAsync()))));
    }

    [Fact]
    public async Task What_was_sent_back_waits_for_room_as_any_publish()
    {
        await using var client = new PipeClient(_desk.Door);
        _desk.Client.Send(Desk.Send("T"));
        long position = _desk.Broker.Partition("T", 0).Messages[0].Position;
        // The retry topic is not there yet, so it is published in a later round.
        _desk.Broker.GrowsLater = true;
        await client.SendAsync(RocketMqRequestCode.ConsumerSendMsgBack, 1,
            new SendBackRequest(position, "CG", 1, null, null, false, null));

        Assert.Equal((1, 0), Shown(await client.NextAsync()));
        Assert.Equal(1, _desk.Broker.RoomAwaited);
    }

    [Fact]
    public async Task Nothing_more_is_taken_while_what_is_under_way_holds_too_much()
    {
        using var desk = new Desk(new RocketMqOptions { MaxBytesInFlight = 1_000 });
        desk.Broker.AddTopic("T", 1);
        desk.Broker.AnswersAtOnce = false;
        await using var client = new PipeClient(desk.Door);
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);
        var send = new RocketMqCommand(310, 1, 0) { Fields = fields, Body = new byte[1_000] };
        byte[] both = [.. Codec.Frames.Write(send), .. Codec.Frames.Write(send with { Opaque = 2 })];
        FakePartition queue = desk.Broker.Partition("T", 0);
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        queue.Waiting.Add(() => stored.TrySetResult());

        // In one piece, so that the loop has both of them when it has taken the first.
        await client.SendAsync(both);
        await stored.Task;
        var sink = (IGroupMemberSink)desk.Broker.Connections[0].Options.Sink;
        sink.GroupChanged("CG");
        // Sent in a later round than the one that took the first.
        Assert.False((await client.NextAsync()).IsResponse);
        Assert.Single(queue.Messages);

        // What waits at our side is not the client's silence.
        client.Time.Advance(1_000_000);
        desk.Broker.AnswersAtOnce = true;
        desk.Broker.Connections[0].Flush();
        sink.Flush();
        Assert.Equal((1, 0), Shown(await client.NextAsync()));
        Assert.Equal((2, 0), Shown(await client.NextAsync()));
    }

    [Fact]
    public async Task A_frame_that_does_not_end_in_time_costs_the_connection_however_its_bytes_trickle()
    {
        using var desk = new Desk(new RocketMqOptions { IdleTimeoutMs = 10_000, FrameTimeoutMs = 8_000 });
        desk.Broker.AddTopic("T", 1);
        await using var client = new PipeClient(desk.Door);
        await client.Time.TimerMadeAsync();
        byte[] frame = Codec.Frames.Write(new RocketMqCommand((int)RocketMqRequestCode.GetMinOffset, 1, 0)
        {
            Fields = RocketMqFields.Of(new QueueRequest("T", 0)),
        });
        // An answer shows that all before it was read.
        await client.SendAsync([.. frame, .. frame[..5]]);
        await client.NextAsync();
        client.Time.Advance(5_000);
        await client.SendAsync(frame[5..6]);
        Assert.False(client.Served.IsCompleted);

        client.Time.Advance(4_000);

        await client.EndedAsync();
    }

    [Fact]
    public async Task Bytes_that_are_no_frame_cost_the_connection()
    {
        await using var client = new PipeClient(_desk.Door);

        await client.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());

        await client.EndedAsync();
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_dropped_and_one_that_does_is_not()
    {
        await using var client = new PipeClient(_desk.Door);
        await client.Time.TimerMadeAsync();
        client.Time.Advance(9_000);
        await client.SendAsync(RocketMqRequestCode.GetMinOffset, 1, new QueueRequest("T", 0));
        await client.NextAsync();
        client.Time.Advance(9_000);
        await client.SendAsync(RocketMqRequestCode.GetMinOffset, 2, new QueueRequest("T", 0));
        await client.NextAsync();

        client.Time.Advance(20_000);

        await client.EndedAsync();
        Assert.All(_desk.Broker.Connections, connection => Assert.True(connection.IsDisposed));
    }

    [Fact]
    public async Task A_client_that_goes_leaves_its_groups_and_gives_its_waits_up()
    {
        var client = new PipeClient(_desk.Door);
        await client.SendAsync(new RocketMqCommand((int)RocketMqRequestCode.HeartBeat, 1, 0)
        {
            Body = System.Text.Encoding.UTF8.GetBytes(Desk.Heartbeat("c1", "CG", "T")),
        });
        RocketMqCommand[] both = [await client.NextAsync(), await client.NextAsync()];
        Assert.Single(both, frame => frame.IsResponse && frame.Code == 0);
        Assert.Single(both, frame => frame.Code == (int)RocketMqRequestCode.NotifyConsumerIdsChanged);
        await client.SendAsync(RocketMqRequestCode.PullMessage, 2, Desk.Pull("T", sysFlag: 6));

        await client.DisposeAsync();

        Assert.Empty(_desk.Broker.Members["CG"]);
        Assert.Null(_desk.Door.Clients.FindConsumers(FakeBroker.Root, "CG"));
    }

    [Fact]
    public async Task The_node_that_stops_closes_its_clients()
    {
        await using var client = new PipeClient(_desk.Door);
        await client.SendAsync(RocketMqRequestCode.GetMinOffset, 1, new QueueRequest("T", 0));
        await client.NextAsync();

        ((IConnectionSink)_desk.Broker.Connections[0].Options.Sink).Closing("shutdown");

        await client.EndedAsync();
    }

    [Fact]
    public async Task What_is_passed_on_to_a_client_is_answered_by_it_or_by_the_clock()
    {
        await using var client = new PipeClient(_desk.Door);
        await client.SendAsync(new RocketMqCommand((int)RocketMqRequestCode.HeartBeat, 1, 0)
        {
            Body = System.Text.Encoding.UTF8.GetBytes(Desk.Heartbeat("c1", "CG", "T")),
        });
        await client.NextAsync();
        await client.NextAsync();
        var request = new ClientRequest("CG", "c1", false, null, null);

        await client.SendAsync(RocketMqRequestCode.GetConsumerRunningInfo, 2, request);
        RocketMqCommand passedOn = await client.NextAsync();
        Assert.Equal(((int)RocketMqRequestCode.GetConsumerRunningInfo, false), (passedOn.Code, passedOn.IsOneWay));
        await client.SendAsync(passedOn.Answer(RocketMqResponseCode.Success) with { Body = "{}"u8.ToArray() });
        RocketMqCommand answer = await client.NextAsync();
        Assert.Equal((2, 0), Shown(answer));
        Assert.Equal("{}", Desk.Text(answer));

        // The idle timer, and that of the request before.
        await client.Time.TimerMadeAsync();
        await client.Time.TimerMadeAsync();
        await client.SendAsync(RocketMqRequestCode.GetConsumerRunningInfo, 3, request);
        await client.NextAsync();
        await client.Time.TimerMadeAsync();
        client.Time.Advance(5_000);
        Assert.Equal((3, (int)RocketMqResponseCode.ConsumeMsgTimeout), Shown(await client.NextAsync()));
    }

    private static (int Opaque, int Code) Shown(RocketMqCommand answer)
    {
        Assert.True(answer.IsResponse);
        return (answer.Opaque, answer.Code);
    }
}
