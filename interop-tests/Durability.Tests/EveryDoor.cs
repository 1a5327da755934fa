using Cmq.MultiProtocol.Interop.Durability.Clients;

namespace Cmq.MultiProtocol.Interop.Durability;

/// <summary>A publisher at each door but AMQP's, which says by itself when it is held back: first all are refused, each in
/// its own words (docs/operations.md, "Disk space"), then the same ones are served.</summary>
internal sealed class EveryDoor : IDisposable
{
    private const string Topic = "orders";

    private readonly BrokerProcess _broker;
    private readonly string _queue;
    private readonly CmqClient _cmq;
    private readonly RawMqtt _five;
    private readonly RawRocketMq _rocketMq;

    private EveryDoor(BrokerProcess broker, string queue, RawMqtt five, RawRocketMq rocketMq)
    {
        _broker = broker;
        _queue = queue;
        _cmq = CmqClient.Of(broker);
        _five = five;
        _rocketMq = rocketMq;
    }

    /// <param name="broker">Whose doors.</param>
    /// <param name="queue">Of CMQ; also where amq.topic brings what is published to its name and below.</param>
    public static async Task<EveryDoor> OpenAsync(BrokerProcess broker, string queue) => new(
        broker,
        queue,
        await RawMqtt.OpenAsync(broker.MqttPort, RawMqtt.V5),
        await RawRocketMq.ConnectAsync(broker.RocketMqPort));

    public async Task RefuseAsync()
    {
        const int tryLater = 6000;
        const byte quotaExceeded = 0x97;
        const int systemBusy = 2;
        Assert.Equal(tryLater, await SendCmqAsync());
        Assert.Equal([0, 1, quotaExceeded], (await PublishFiveAsync(1))[..3]);
        using (RawMqtt three = await PublishThreeAsync(1))
            Assert.Empty(await three.Client.ReadToEndAsync());
        Assert.Equal(systemBusy, await SendRocketMqAsync());
    }

    /// <summary>At once, and on the connections that were refused: AMQP's publishers have been told already. A client of
    /// MQTT 3 was closed, and comes back.</summary>
    /// <returns>How many more messages are in the queue.</returns>
    public async Task<int> AcceptAsync()
    {
        const int ok = 0;
        Assert.Equal(ok, await SendCmqAsync());
        byte[] five = await PublishFiveAsync(2);
        // Success may be left out (MQTT 5.0 §3.4.2.1).
        Assert.True(five is [0, 2] or [0, 2, 0, ..], Convert.ToHexString(five));
        using (RawMqtt three = await PublishThreeAsync(2))
            Assert.Equal([0, 2], await three.ReadAsync(RawMqtt.PubAck));
        Assert.Equal(ok, await SendRocketMqAsync());
        return 3;
    }

    public void Dispose()
    {
        _cmq.Dispose();
        _five.Dispose();
        _rocketMq.Dispose();
    }

    private async Task<int> SendCmqAsync() =>
        (await _cmq.CallAsync("SendMessage", ("queueName", _queue), ("msgBody", "x"))).Code;

    /// <returns>The acknowledgement's identifier, and its reason.</returns>
    private async Task<byte[]> PublishFiveAsync(ushort id)
    {
        await _five.Client.SendAsync(RawMqtt.Publish(RawMqtt.V5, qos: 1, id, $"{_queue}/5", "x"u8));
        return await _five.ReadAsync(RawMqtt.PubAck);
    }

    private async Task<RawMqtt> PublishThreeAsync(ushort id)
    {
        RawMqtt three = await RawMqtt.OpenAsync(_broker.MqttPort, RawMqtt.V311);
        await three.Client.SendAsync(RawMqtt.Publish(RawMqtt.V311, qos: 1, id, $"{_queue}/3", "x"u8));
        return three;
    }

    private async Task<int> SendRocketMqAsync() =>
        (await _rocketMq.AskAsync(RawRocketMq.Send(Topic, "x"))).GetProperty("code").GetInt32();
}
