using System.Net;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec;
using Cmq.MultiProtocol.Adapters.Mqtt.Codec.Packets;
using Cmq.MultiProtocol.Adapters.Mqtt.Connection;
using Cmq.MultiProtocol.Adapters.Mqtt.State;
using Cmq.MultiProtocol.Adapters.Mqtt.Tests.Fakes;
using Cmq.MultiProtocol.Core.Broker;
using Microsoft.Extensions.Logging.Abstractions;

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

    [Fact]
    public void Who_comes_back_is_announced_when_the_end_of_the_earlier_connection_was()
    {
        using Talk watcher = Talk.Open(_broker, clientId: "watcher");
        watcher.Subscribe("$events/#", 0);
        using Talk first = Talk.Open(_broker, clientId: "dev", expiry: 60, options: new MqttOptions());
        Assert.Equal("$events/client_connected", Next(watcher).Topic);
        // Known to be there, but its node does not answer: it will be announced by another one.
        FakeBrokerConnection lost = first.Link;
        ISession session = _broker.Sessions["dev"].Open(lost, isPresent: true);
        first.Drop();
        Assert.Equal("$events/client_disconnected", Next(watcher).Topic);
        Assert.True(session.AppearAsync(new byte[1], default).AsTask().IsCompletedSuccessfully);

        using Talk second = Talk.Open(_broker, clientId: "dev", clean: false, expiry: 60, options: new MqttOptions());
        watcher.Turn();
        Assert.Empty(watcher.Sent);
        session.Disappear();
        second.Turn();
        Assert.Equal("$events/client_connected", Next(watcher).Topic);
        second.Send(new MqttDisconnect(0, MqttProperties.None));
        Assert.Equal("$events/client_disconnected", Next(watcher).Topic);
        Assert.Null(_broker.Sessions["dev"].Card);
    }

    [Fact]
    public void Who_left_before_it_was_announced_is_not_announced_as_gone_either()
    {
        using Talk watcher = Talk.Open(_broker, clientId: "watcher");
        watcher.Subscribe("$events/#", 0);
        using Talk first = Talk.Open(_broker, clientId: "dev", expiry: 60);
        ISession session = _broker.Sessions["dev"].Open(first.Link, isPresent: true);
        Assert.True(session.AppearAsync(new byte[1], default).AsTask().IsCompletedSuccessfully);
        using Talk second = Talk.Open(_broker, clientId: "dev", clean: false, expiry: 60, options: new MqttOptions());
        second.Drop();
        session.Disappear();
        second.Turn();
        watcher.Turn();
        Assert.Empty(watcher.Sent);
    }

    [Theory]
    [InlineData("10.1.2.3", false, "node_lost")]
    [InlineData("2001:db8::7", true, "takenover")]
    public async Task A_client_whose_node_died_is_announced_by_another_one(string address, bool isElsewhere, string reason)
    {
        var time = new ManualTime();
        await using var door = new MqttConnection(_broker, new MqttOptions(), time, NullLoggerFactory.Instance);
        FakeQueue queue = _broker.AddQueue(new QueueDeclaration("q", true, false, false, new QueueSettings(), default));
        _broker.Bindings.Add(new BindingInfo(
            _broker.Space.Id, queue.Info.Id, null, "$events.client_disconnected", null, default));
        var client = new MqttClient("dev/1", "tom", new MqttPeer(IPAddress.Parse(address), 50_312, "name"),
            MqttVersion.V5, 60, CleanStart: true, ExpirySeconds: uint.MaxValue, ConnectedMs: 1_760_000_000_123, Node: 3);
        byte[] card = MqttPresence.Card(client);
        await _broker.Watcher!.LostAsync(
            [new LostClient(FakeBroker.Root, client.ClientId, card, isElsewhere)], default);

        FakeBrokerConnection publisher = _broker.Connections.Single();
        Assert.True(publisher.IsDisposed);
        Assert.Equal(
            ["$SYS.brokers.3.clients.dev%2F1.disconnected", "$events.client_disconnected"],
            publisher.Published.Select(one => one.Publication.RoutingKey));
        Assert.Single(queue.Ready);
        long nowMs = time.GetUtcNow().ToUnixTimeMilliseconds();
        foreach ((_, byte[] body, _) in publisher.Published)
            Assert.Equal(MqttPresence.Json(client, reason, nowMs), body);
    }

    private static MqttPublish Next(Talk watcher)
    {
        watcher.Turn();
        return MqttPublish.Read(watcher.Sent.Dequeue(), MqttVersion.V5);
    }

    private static JsonElement Json(MqttPublish publish) =>
        JsonDocument.Parse(System.Buffers.BuffersExtensions.ToArray(publish.Payload)).RootElement;
}
