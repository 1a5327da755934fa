using System.Buffers;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.Connection;

/// <summary>The loop around a conversation: bytes in, bytes out, time, pressure.</summary>
public sealed class MqttConnectionTests
{
    private static readonly byte[] Ping = [0xC0, 0];

    [Fact]
    public async Task A_large_message_goes_in_and_comes_out()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        await SubscribeAsync(client, "a", MqttQoS.AtLeastOnce);
        byte[] body = new byte[3_000_000];
        new Random(1).NextBytes(body);
        Task sent = client.SendAsync(Packets.Bytes(new MqttPublish("a", MqttQoS.AtLeastOnce, false, false, 7,
            MqttMessageProperties.None, new ReadOnlySequence<byte>(body)), MqttVersion.V5));
        MqttFrame first = await client.ReadAsync();
        MqttFrame second = await client.ReadAsync();
        await sent;
        MqttFrame publish = first.Type == MqttPacketType.Publish ? first : second;
        Assert.Equal(body, MqttPublish.Read(publish, MqttVersion.V5).Payload.ToArray());
    }

    [Fact]
    public async Task A_dialogue_cut_into_single_bytes_is_understood()
    {
        await using var client = new PipeClient();
        byte[] all =
        [
            .. Packets.Bytes(Talk.Connect(MqttVersion.V5, "c")),
            .. Packets.Bytes(new MqttSubscribe(1, [new MqttFilter("a", 0)], MqttProperties.None), MqttVersion.V5),
            .. Packets.Bytes(Packets.Publish("a", "x"), MqttVersion.V5),
            .. Ping,
        ];
        foreach (byte part in all)
            await client.SendAsync([part]);
        await client.ExpectAsync<MqttConnAck>();
        await client.ExpectAsync<MqttSubAck>();
        MqttPacketType[] rest = [(await client.ReadAsync()).Type, (await client.ReadAsync()).Type];
        Assert.Equal([MqttPacketType.Publish, MqttPacketType.PingResp], rest.Order());
    }

    [Fact]
    public async Task A_client_that_says_nothing_is_dropped()
    {
        await using var client = new PipeClient();
        await client.EndedByTimeAsync(1_000);
        Assert.InRange(client.Time.NowMs, 10_000, 60_000);
    }

    [Fact]
    public async Task Half_a_CONNECT_is_nothing()
    {
        await using var client = new PipeClient();
        await client.SendAsync(Packets.Bytes(Talk.Connect(MqttVersion.V5, "c"))[..^1]);
        await client.EndedByTimeAsync(1_000);
        Assert.Empty(client.Broker.Connections);
    }

    [Fact]
    public async Task Silence_beyond_one_and_a_half_intervals_ends_the_connection()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        await client.SendAsync(Ping);
        Assert.Equal(MqttPacketType.PingResp, (await client.ReadAsync()).Type);
        await client.EndedByTimeAsync(1_000);
        Assert.Equal(MqttReason.KeepAliveTimeout, (await client.ExpectAsync<MqttDisconnect>()).Reason);
        Assert.InRange(client.Time.NowMs, 90_000, 150_000);
        Assert.True(client.Broker.Sessions["c"].End!.Value.FireWill);
    }

    [Fact]
    public async Task A_packet_above_the_limit_is_told_before_it_has_arrived()
    {
        await using PipeClient client = await PipeClient.OpenAsync(
            options: new MqttOptions { MaxPacketBytes = 1_000, Presence = false });
        await client.SendAsync([0x30, 0xFF, 0xFF, 0xFF, 0x7F]);
        Assert.Equal(MqttReason.PacketTooLarge, (await client.ExpectAsync<MqttDisconnect>()).Reason);
        await client.EndedAsync();
    }

    [Fact]
    public async Task A_stranger_may_not_send_a_large_packet()
    {
        await using var client = new PipeClient(options: new MqttOptions { MaxConnectBytes = 1_000 });
        await client.SendAsync([0x10, 0xFF, 0x7F]);
        await client.EndedAsync();
        Assert.Empty(client.Broker.Connections);
    }

    [Fact]
    public async Task A_publisher_without_room_is_not_read_on_until_there_is_some()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        var room = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        client.Link.Room = room;
        await client.SendAsync([
            .. Packets.Bytes(Packets.Publish("a", "1"), MqttVersion.V5),
            .. Packets.Bytes(Packets.Publish("a", "2"), MqttVersion.V5),
            .. Ping,
        ]);
        while (client.Link.Published.Count == 0)
            await Task.Yield();
        Assert.Single(client.Link.Published);
        client.Link.Room = null;
        room.SetResult();
        Assert.Equal(MqttPacketType.PingResp, (await client.ReadAsync()).Type);
        Assert.Equal(2, client.Link.Published.Count);
    }

    [Fact]
    public async Task A_node_that_stops_tells_its_clients()
    {
        await using PipeClient client = await PipeClient.OpenAsync();
        client.Link.Sink.Closing("shutdown");
        Assert.Equal(MqttReason.ServerShuttingDown, (await client.ExpectAsync<MqttDisconnect>()).Reason);
        await client.EndedAsync();
        Assert.True(client.Link.IsDisposed);
    }

    [Fact]
    public async Task A_client_that_does_not_read_loses_QoS_0_and_nothing_else()
    {
        var broker = new FakeBroker();
        await using PipeClient slow = await PipeClient.OpenAsync(broker, clientId: "slow", options: new MqttOptions
        {
            MaxUnsentBytes = 10_000,
            MaxQueuedQoS0Bytes = 10_000,
            Presence = false,
        });
        await SubscribeAsync(slow, "a", MqttQoS.AtLeastOnce);
        await using PipeClient publisher = await PipeClient.OpenAsync(broker, clientId: "publisher");
        string body = new('x', 5_000);
        for (ushort i = 1; i <= 100; i++)
            await publisher.SendAsync(Packets.Bytes(Packets.Publish("a", body), MqttVersion.V5));
        await publisher.SendAsync(Packets.Bytes(
            Packets.Publish("a", "last", MqttQoS.AtLeastOnce, 1), MqttVersion.V5));
        Assert.Equal(MqttPacketType.PubAck, (await publisher.ReadAsync()).Type);
        int got = 0;
        while (MqttPublish.Read(await slow.ReadAsync(), MqttVersion.V5).QoS == MqttQoS.AtMostOnce)
            got++;
        Assert.InRange(got, 1, 99);
    }

    [Fact]
    public async Task Random_bytes_cost_their_connection_and_nothing_else()
    {
        var broker = new FakeBroker();
        for (int seed = 0; seed < 60; seed++)
        {
            await using PipeClient client = seed % 3 == 0
                ? new PipeClient(broker)
                : await PipeClient.OpenAsync(broker, clientId: $"c{seed}");
            var random = new Random(seed);
            byte[] bytes = new byte[300];
            random.NextBytes(bytes);
            // Two thirds of them are well-framed packets with random bodies.
            if (seed % 3 == 1)
                bytes = [0x82, 40, .. bytes[..40]];
            if (seed % 3 == 2)
                bytes = [(byte)(0x30 | random.Next(8)), 60, .. bytes[..60]];
            await client.SendAsync(bytes);
            await client.Output.CompleteAsync();
            await client.EndedAsync();
        }
        Assert.All(broker.Connections, connection => Assert.True(connection.IsDisposed));
    }

    private static async Task SubscribeAsync(PipeClient client, string filter, MqttQoS qos)
    {
        await client.SendAsync(Packets.Bytes(
            new MqttSubscribe(1, [new MqttFilter(filter, qos)], MqttProperties.None), MqttVersion.V5));
        Assert.Equal([(MqttReason)qos], (await client.ExpectAsync<MqttSubAck>()).Reasons);
    }
}
