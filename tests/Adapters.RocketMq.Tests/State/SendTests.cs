using System.Buffers;
using System.Text;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 7.</summary>
public sealed class SendTests : IDisposable
{
    private readonly Desk _desk = new();

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_sent_message_is_in_the_queue_that_the_producer_chose()
    {
        Broker.AddTopic("T", 4);

        var answer = SendMessageResponse.Read(
            Client.Send(Desk.Send("T", 2, "TAGS\u0001TagA\u0002KEYS\u0001k\u0002"), "hello").Fields!);

        PartitionMessage stored = Assert.Single(Broker.Partition("T", 2).Messages);
        Assert.Equal((2, 0L), (answer.QueueId, answer.QueueOffset));
        Assert.True(RocketMqMessageId.TryParse(answer.MessageId, out RocketMqMessageId id));
        Assert.Equal((Client.StoreHost, stored.Position), (id.StoreHost, id.Position));
        Assert.Equal(("hello", "TagA"), (Encoding.UTF8.GetString(stored.Message.Body.ToArray()), stored.Message.RoutingKey));
        Assert.Equal(RocketMqHash.Of("TagA"), stored.TagHash);
        Assert.True(stored.Message.Persistent);
    }

    [Fact]
    public void The_answer_waits_until_the_core_has_stored_it()
    {
        Broker.AddTopic("T", 1);
        Broker.AnswersAtOnce = false;
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);

        Client.Begin(RocketMqRequestCode.SendMessageV2, fields);
        Assert.Empty(Client.Answers);

        Broker.Connections[0].Flush();
        Client.Run();
        Assert.Equal((int)RocketMqResponseCode.Success, Client.Answer().Code);
    }

    [Theory]
    [InlineData(Reply.TimedOut, RocketMqResponseCode.SystemError)]
    [InlineData(Reply.Full, RocketMqResponseCode.SystemBusy)]
    [InlineData(Reply.Gone, RocketMqResponseCode.TopicNotExist)]
    public void A_message_that_is_not_stored_is_not_confirmed(Reply reply, RocketMqResponseCode code)
    {
        Broker.AddTopic("T", 1);
        Broker.PublishReply = reply;

        Assert.Equal((int)code, Client.Send(Desk.Send("T")).Code);
    }

    [Fact]
    public void While_space_is_short_the_system_is_busy()
    {
        Broker.AddTopic("T", 1);
        Broker.IsFull = true;
        Assert.Equal((int)RocketMqResponseCode.SystemBusy, Client.Send(Desk.Send("T")).Code);

        Broker.IsFull = false;
        Assert.Equal((int)RocketMqResponseCode.Success, Client.Send(Desk.Send("T")).Code);
    }

    [Fact]
    public void What_waits_for_the_core_is_counted_in_bytes_until_it_is_answered()
    {
        Broker.AddTopic("T", 1);
        Broker.AnswersAtOnce = false;
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);

        Client.Begin(RocketMqRequestCode.SendMessageV2, fields, new string('x', 1_000));
        Client.Begin(RocketMqRequestCode.SendMessageV2, fields, new string('x', 500));
        Assert.Equal(1_500, Client.Conversation.BytesInFlight);

        Broker.Connections[0].Flush();
        SpinWait.SpinUntil(() =>
        {
            Client.Run();
            return Client.Conversation.InFlight == 0;
        });
        Assert.Equal(0, Client.Conversation.BytesInFlight);
    }

    [Fact]
    public void A_fault_of_ours_costs_its_send_and_no_room()
    {
        Broker.AddTopic("T", 1);
        Broker.BreaksPublishing = true;
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);

        Client.Begin(RocketMqRequestCode.SendMessageV2, fields);

        Assert.Equal((int)RocketMqResponseCode.SystemError, Assert.Single(Client.Answers).Code);
        Assert.Single(Client.Faults);
        Assert.Equal((0, 0L), (Client.Conversation.InFlight, Client.Conversation.BytesInFlight));
    }

    [Fact]
    public void Sends_of_one_turn_are_answered_in_the_turn_that_has_the_core_s_word()
    {
        Broker.AddTopic("T", 1);
        Broker.AnswersAtOnce = false;
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);
        Client.Begin(RocketMqRequestCode.SendMessageV2, fields);
        Client.Begin(RocketMqRequestCode.SendMessageV2, fields);
        Assert.Equal(2, Client.Conversation.InFlight);

        Broker.Connections[0].Flush();
        Client.RunOnce();

        Assert.Equal([1, 2], Client.Answers.Select(answer => answer.Opaque));
        Assert.Equal(0, Client.Conversation.InFlight);
    }

    [Fact]
    public void Of_a_property_that_is_there_twice_the_last_one_counts()
    {
        Broker.AddTopic("T", 1);

        Client.Send(Desk.Send("T", 0, "TAGS\u0001A\u0002TAGS\u0001B\u0002"));

        Assert.Equal(RocketMqHash.Of("B"), Assert.Single(Broker.Partition("T", 0).Messages).TagHash);
    }

    [Fact]
    public void A_one_way_send_is_stored_and_never_answered()
    {
        Broker.AddTopic("T", 1);
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: true);

        Client.Begin(RocketMqRequestCode.SendMessageV2, fields, flag: RocketMqCommand.OneWayFlag);
        fields = new RocketMqFields();
        Desk.Send("NO TOPIC").Write(fields, shortNames: true);
        Client.Begin(RocketMqRequestCode.SendMessageV2, fields, flag: RocketMqCommand.OneWayFlag);

        Assert.Single(Broker.Partition("T", 0).Messages);
        Assert.Empty(Client.Answers);
    }

    [Fact]
    public void The_first_send_makes_the_topic_on_two_broker_names()
    {
        Assert.Equal(0, Client.Send(Desk.Send("NEW", 3)).Code);

        Assert.Equal(8, Broker.Partitions.Count);
        Assert.Equal(4, Broker.Partitions.Count(partition => partition.Info.Group == new GroupId(2)));
        Assert.Single(Broker.Partition("NEW", 3).Messages);
    }

    [Fact]
    public void Without_auto_create_an_unknown_topic_stays_unknown()
    {
        using var desk = new Desk(new RocketMqOptions { AutoCreateTopics = false });

        RocketMqCommand answer = desk.Client.Send(Desk.Send("NEW"));

        Assert.Equal((int)RocketMqResponseCode.TopicNotExist, answer.Code);
        Assert.Empty(desk.Broker.Topics);
    }

    [Fact]
    public void A_topic_without_queues_gets_some_and_keeps_its_bindings()
    {
        TopicInfo exchange = Broker.AddTopic("orders", 0);

        Assert.Equal(0, Client.Send(Desk.Send("orders")).Code);

        Assert.Same(exchange, Broker.Topics["orders"]);
        Assert.Single(Broker.Partition("orders", 0).Messages);
    }

    [Fact]
    public void A_queue_that_the_topic_does_not_have_is_refused_and_none_is_chosen_for_a_negative_one()
    {
        Broker.AddTopic("T", 1);

        Assert.Equal((int)RocketMqResponseCode.SystemError, Client.Send(Desk.Send("T", 1)).Code);
        Assert.Equal(0, SendMessageResponse.Read(Client.Send(Desk.Send("T", -1)).Fields!).QueueId);
    }

    [Fact]
    public void The_template_is_no_topic_to_send_to() =>
        Assert.Equal((int)RocketMqResponseCode.SystemError, Client.Send(Desk.Send("TBW102")).Code);

    [Fact]
    public void What_a_record_has_no_room_for_is_illegal()
    {
        using var desk = new Desk(new RocketMqOptions { MaxMessageBytes = 1_000 });
        desk.Broker.AddTopic("T", 1);
        const int illegal = (int)RocketMqResponseCode.MessageIllegal;

        Assert.Equal(illegal, desk.Client.Send(Desk.Send("T"), new string('x', 1_000)).Code);
        Assert.Equal(illegal, _desk.Client.Send(Desk.Send(new string('t', 128))).Code);
        Broker.AddTopic("T", 1);
        Assert.Equal(illegal, Client.Send(Desk.Send("T", 0, "k\u0001" + new string('v', 32_767) + "\u0002")).Code);
        Assert.Empty(Broker.Partition("T", 0).Messages);
    }

    [Fact]
    public void A_topic_without_the_right_to_write_is_refused()
    {
        Broker.AddTopic("T", 1);
        Broker.User.Denied.Add((Access.Write, "T"));

        Assert.Equal((int)RocketMqResponseCode.NoPermission, Client.Send(Desk.Send("T")).Code);
    }

    [Fact]
    public void A_batch_stands_together_and_its_answer_names_all()
    {
        Broker.AddTopic("T", 1);
        RocketMqCommand real = Frames.Read(Transcript.Find("send_batch_message.success.1").Request!);
        var fields = new RocketMqFields();
        (Desk.Send("T") with { Batch = true }).Write(fields, shortNames: true);

        Client.Receive(new RocketMqCommand(320, 1, 0) { Fields = fields, Body = real.Body });
        Client.Run();

        var answer = SendMessageResponse.Read(Assert.Single(Client.Answers).Fields!);
        List<PartitionMessage> stored = Broker.Partition("T", 0).Messages;
        Assert.Equal(
            string.Join(',', stored.Select(message => new RocketMqMessageId(Client.StoreHost, message.Position))),
            answer.MessageId);
        Assert.Equal((0L, 3), (answer.QueueOffset, stored.Count));
        Assert.Equal("batch 1", Encoding.UTF8.GetString(stored[1].Message.Body.ToArray()));
    }

    [Fact]
    public void A_batch_holds_no_delayed_messages()
    {
        var output = new ArrayBufferWriter<byte>();
        RocketMqBatch.Write([new(0, "b"u8.ToArray(), "DELAY\u00011\u0002"u8.ToArray())], output);
        Broker.AddTopic("T", 1);
        var fields = new RocketMqFields();
        (Desk.Send("T") with { Batch = true }).Write(fields, shortNames: true);

        Client.Receive(new RocketMqCommand(320, 1, 0) { Fields = fields, Body = output.WrittenMemory });

        Assert.Equal((int)RocketMqResponseCode.MessageIllegal, Assert.Single(Client.Answers).Code);
    }

    [Fact]
    public void A_batch_with_one_illegal_message_is_not_stored_at_all()
    {
        using var desk = new Desk(new RocketMqOptions { MaxMessageBytes = 1_000 });
        desk.Broker.AddTopic("T", 1);

        SendBatch(desk.Client, 0, new(0, new byte[10], default), new(0, new byte[1_000], default));

        Assert.Equal((int)RocketMqResponseCode.MessageIllegal, Assert.Single(desk.Client.Answers).Code);
        Assert.Empty(desk.Broker.Partition("T", 0).Messages);
    }

    [Fact]
    public void A_batch_is_no_half_of_a_transaction()
    {
        Broker.AddTopic("T", 1);

        SendBatch(Client, RocketMqSysFlag.Prepared, new RocketMqBatchItem(0, new byte[10], default));

        Assert.Equal((int)RocketMqResponseCode.MessageIllegal, Assert.Single(Client.Answers).Code);
        Assert.Empty(Broker.Parked);
    }

    [Fact]
    public void Queues_of_a_new_topic_take_from_nobody_what_a_pull_cannot_carry()
    {
        using var desk = new Desk(new RocketMqOptions { MaxMessageBytes = 1_000 });

        desk.Client.Send(Desk.Send("NEW"));

        Assert.Equal(1_000, desk.Broker.Grown!.MaxMessageBytes);
    }

    [Fact]
    public void A_delayed_message_is_parked_for_its_queue()
    {
        Broker.AddTopic("T", 2);

        RocketMqCommand answer = Client.Send(Desk.Send("T", 1, "DELAY\u00013\u0002TAGS\u0001a\u0002"));

        Assert.Equal(0, answer.Code);
        (Publication publication, ParkedMessage parked) = Assert.Single(Broker.Parked).Value;
        Assert.Equal((10_000L, ""), (publication.Park!.DelayMs, parked.Owner));
        Assert.Equal(Broker.Partition("T", 1).Info.Id, publication.Partition);
        RocketMqProperties properties = RocketMqProperties.Parse(
            RocketMqPropertyBlock.Parse(publication.Properties).Properties.Span);
        Assert.Equal(("T", "1", "3"), (properties["REAL_TOPIC"], properties["REAL_QID"], properties["DELAY"]));
    }

    [Fact]
    public void V1_and_binary_headers_are_answered_in_their_own_way()
    {
        Broker.AddTopic("T", 1);
        var fields = new RocketMqFields();
        Desk.Send("T").Write(fields, shortNames: false);

        Client.Receive(new RocketMqCommand(10, 9, 0)
        {
            Fields = fields,
            Serialization = RocketMqSerialization.Binary,
        });

        RocketMqCommand answer = Assert.Single(Client.Answers);
        Assert.Equal((0, RocketMqSerialization.Binary), (answer.Code, answer.Serialization));
    }

    [Fact]
    public void Nothing_is_taken_while_the_node_has_no_lease()
    {
        Broker.AddTopic("T", 1);
        Broker.IsReady = false;

        Assert.Equal((int)RocketMqResponseCode.ServiceNotAvailable, Client.Send(Desk.Send("T")).Code);
    }

    private static void SendBatch(Talk talk, int sysFlag, params RocketMqBatchItem[] items)
    {
        var body = new ArrayBufferWriter<byte>();
        RocketMqBatch.Write(items, body);
        var fields = new RocketMqFields();
        (Desk.Send("T", sysFlag: sysFlag) with { Batch = true }).Write(fields, shortNames: true);
        talk.Receive(new RocketMqCommand(320, 1, 0) { Fields = fields, Body = body.WrittenMemory });
    }
}
