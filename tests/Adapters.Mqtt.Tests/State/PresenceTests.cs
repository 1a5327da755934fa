using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.Mqtt.Tests.State;

/// <summary>Clients that come and go are announced (docs/mqtt.md).</summary>
public sealed class PresenceTests
{
    private readonly FakeBroker _broker = new();

    [Theory]
    [InlineData(true, "normal")]
    [InlineData(false, "tcp_closed")]
    public void Coming_and_going_is_announced_with_who_and_why(bool inGoodOrder, string reason)
    {
        using Talk watcher = Talk.Open(_broker, clientId: "watcher");
        watcher.Subscribe("$SYS/brokers/+/clients/+/+", 0);
        using Talk client = Talk.Open(_broker, MqttVersion.V311, "dev/1", options: new MqttOptions());
        MqttPublish came = Next(watcher);
        Assert.Equal("$SYS/brokers/1/clients/dev%2F1/connected", came.Topic);
        JsonElement json = Json(came);
        Assert.Equal("dev/1", json.GetProperty("clientid").GetString());
        Assert.Equal("guest", json.GetProperty("username").GetString());
        Assert.Equal("127.0.0.1", json.GetProperty("ipaddress").GetString());
        Assert.Equal(4, json.GetProperty("proto_ver").GetInt32());
        Assert.True(json.GetProperty("clean_start").GetBoolean());
        Assert.Equal(_broker.NowMs, json.GetProperty("ts").GetInt64());

        _broker.NowMs += 1_000;
        client.Turn();
        if (inGoodOrder)
            client.Send(new MqttDisconnect(0, MqttProperties.None));
        else
            client.Drop();
        MqttPublish went = Next(watcher);
        Assert.Equal("$SYS/brokers/1/clients/dev%2F1/disconnected", went.Topic);
        Assert.Equal(reason, Json(went).GetProperty("reason").GetString());
        Assert.Equal(_broker.NowMs, Json(went).GetProperty("disconnected_at").GetInt64());
    }

    [Fact]
    public void A_queue_that_is_bound_to_it_gets_it_too()
    {
        FakeQueue queue = _broker.AddQueue(new QueueDeclaration("q", true, false, false, new QueueSettings(), default));
        _broker.Bindings.Add(new BindingInfo(
            _broker.Space.Id, queue.Info.Id, null, "$events.client_connected", null, default));
        using Talk client = Talk.Open(_broker, options: new MqttOptions());
        Assert.Single(queue.Ready);
    }

    [Fact]
    public void A_refused_client_is_not_announced()
    {
        using var talk = new Talk(_broker, new MqttOptions());
        talk.Send(Talk.Connect(MqttVersion.V5, "c", properties: new MqttProperties { AuthenticationMethod = "x" }));
        Assert.Empty(_broker.Connections);
    }

    private static MqttPublish Next(Talk watcher)
    {
        watcher.Turn();
        return MqttPublish.Read(watcher.Sent.Dequeue(), MqttVersion.V5);
    }

    private static JsonElement Json(MqttPublish publish) =>
        JsonDocument.Parse(System.Buffers.BuffersExtensions.ToArray(publish.Payload)).RootElement;
}
