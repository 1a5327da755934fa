using System.Text;
using System.Text.Json;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Bodies;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;

/// <summary>Specification section 5.</summary>
public sealed class RocketMqJsonTests
{
    [Theory]
    [InlineData("{0:\"a\"}", "0", "a")]
    [InlineData("{\"0\":\"a\"}", "0", "a")]
    [InlineData("{name:'a'}", "name", "a")]
    [InlineData("{ \"x\" : 12 }", "x", "12")]
    [InlineData("{\"x\":\"\\u00e4\\n\\\"\\\\\"}", "x", "ä\n\"\\")]
    public void Keys_may_be_bare_and_values_of_any_kind(string json, string key, string value) =>
        Assert.Equal(value, RocketMqJson.Parse(Encoding.UTF8.GetBytes(json))[key]!.Text);

    [Fact]
    public void A_key_may_be_an_object()
    {
        RocketMqJson json = RocketMqJson.Parse(
            "{\"offsetTable\":{{\"brokerName\":\"b\",\"queueId\":1,\"topic\":\"t\"}:8,{\"brokerName\":\"b\",\"queueId\":0,\"topic\":\"t\"}:10}}"u8);

        (RocketMqJson key, RocketMqJson value) = json["offsetTable"]!.Members[0];
        Assert.Equal(new RocketMqQueue("t", "b", 1), RocketMqQueue.Read(key));
        Assert.Equal("8", value.Text);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{\"a\"}")]
    [InlineData("{\"a\":}")]
    [InlineData("[1,]2")]
    [InlineData("\"a")]
    [InlineData("\"\\u12")]
    [InlineData("{}x")]
    public void What_fastjson_would_not_take_is_refused(string json) =>
        Assert.Throws<RocketMqProtocolException>(() => RocketMqJson.Parse(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Nesting_has_a_limit()
    {
        string deep = new string('[', RocketMqJson.MaxDepth + 2) + new string(']', RocketMqJson.MaxDepth + 2);

        Assert.Throws<RocketMqProtocolException>(() => RocketMqJson.Parse(Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void Every_JSON_body_of_the_transcripts_can_be_read()
    {
        int bodies = 0;
        foreach (byte[] frame in Transcript.Frames)
        {
            ReadOnlyMemory<byte> body = Frames.Read(frame).Body;
            if (body.IsEmpty || body.Span[0] != '{')
                continue;
            Assert.NotNull(RocketMqJson.Parse(body.Span));
            bodies++;
        }
        Assert.True(bodies > 150, $"only {bodies}");
    }

    [Fact]
    public void Random_damage_is_never_more_than_a_protocol_error()
    {
        var random = new Random(20261121);
        byte[][] bodies =
        [
            .. Transcript.Frames.Select(frame => Frames.Read(frame).Body.ToArray())
                .Where(body => body.Length > 0 && body[0] == '{'),
        ];
        for (int i = 0; i < 10_000; i++)
        {
            byte[] body = [.. bodies[random.Next(bodies.Length)]];
            body[random.Next(body.Length)] = (byte)random.Next(256);
            try
            {
                RocketMqJson.Parse(body);
            }
            catch (RocketMqProtocolException broken)
            {
                Assert.Equal(ErrorScope.Request, broken.Scope);
            }
        }
    }

    [Fact]
    public void A_route_reads_as_the_one_of_a_real_name_server()
    {
        var route = new TopicRoute(
            "DefaultCluster",
            [new("broker-a", "127.0.0.1:10911")],
            [new("broker-a", 8, 8, 7, 0)]);

        RocketMqJson real = RocketMqJson.Parse(
            Frames.Read(Transcript.Find("get_routeinto_by_topic.success.1").Response!).Body.Span);
        byte[] ours = route.ToJson();

        // Strict JSON, unlike the real one: later clients insist on it.
        Assert.Equal(JsonValueKind.Object, JsonDocument.Parse(ours).RootElement.ValueKind);
        AssertCovers(real, RocketMqJson.Parse(ours));
    }

    [Fact]
    public void A_cluster_reads_as_the_one_of_a_real_name_server()
    {
        RocketMqJson real = RocketMqJson.Parse(
            Frames.Read(Transcript.Find("get_broker_cluster_info.success.1").Response!).Body.Span);

        AssertCovers(real, RocketMqJson.Parse(
            new ClusterInfo("DefaultCluster", [new("broker-a", "127.0.0.1:10911")]).ToJson()));
    }

    [Fact]
    public void A_table_by_queues_is_written_as_the_real_one()
    {
        byte[] real =
            Frames.Read(Transcript.Find("invoke_broker_to_reset_offset.success.1").Response!).Body.ToArray();
        IEnumerable<KeyValuePair<RocketMqQueue, long>> offsets = RocketMqJson.Parse(real)["offsetTable"]!.Members
            .Select(member => KeyValuePair.Create(RocketMqQueue.Read(member.Key), long.Parse(member.Value.Text!)));

        Assert.Equal(Encoding.UTF8.GetString(real), Encoding.UTF8.GetString(RocketMqBodies.OffsetTable(offsets)));
    }

    [Fact]
    public void A_real_heartbeat_is_read_with_its_groups_and_subscriptions()
    {
        var heartbeat =
            HeartbeatData.Read(Frames.Read(Transcript.Find("heart_beat.success.2").Request!).Body.Span);

        Assert.Equal("192.0.2.2@28298", heartbeat.ClientId);
        ConsumerData consumer = Assert.Single(heartbeat.Consumers);
        Assert.Equal(("please_rename_unique_group_name_4", "CLUSTERING"), (consumer.GroupName, consumer.MessageModel));
        Assert.Contains(consumer.Subscriptions, subscription => subscription.Topic == "TopicTest");
        Assert.Equal(["CLIENT_INNER_PRODUCER"], heartbeat.ProducerGroups);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("*")]
    [InlineData(" * ")]
    public void No_filter_and_a_star_are_everything(string? expression) =>
        Assert.Null(SubscriptionData.Parse("t", expression, 0, null).TagHashes());

    [Fact]
    public void A_filter_of_tags_is_cut_at_double_bars() => Assert.Equal(
        [RocketMqHash.Of("TagA"), RocketMqHash.Of("TagB")],
        SubscriptionData.Parse("t", "TagA || TagB", 0, "TAG").TagHashes()!);

    [Fact]
    public void A_double_is_written_with_a_point_and_a_control_character_escaped()
    {
        RocketMqJsonWriter json =
            new RocketMqJsonWriter().StartObject().Member("a", 1.0).Member("b", "x\u0001\"").EndObject();

        Assert.Equal("{\"a\":1.0,\"b\":\"x\\u0001\\\"\"}", json.ToString());
    }

    /// <summary>Whatever the real body says, ours says too; it may say more.</summary>
    private static void AssertCovers(RocketMqJson real, RocketMqJson ours)
    {
        Assert.Equal(real.Text, ours.Text);
        Assert.Equal(real.Items.Count, ours.Items.Count);
        foreach ((RocketMqJson first, RocketMqJson second) in real.Items.Zip(ours.Items))
            AssertCovers(first, second);
        foreach ((RocketMqJson key, RocketMqJson value) in real.Members)
        {
            Assert.NotNull(ours[key.Text!]);
            AssertCovers(value, ours[key.Text!]!);
        }
    }
}
