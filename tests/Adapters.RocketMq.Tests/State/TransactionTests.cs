using Cmq.MultiProtocol.Adapters.RocketMq.Codec;
using Cmq.MultiProtocol.Adapters.RocketMq.Codec.Headers;
using Cmq.MultiProtocol.Adapters.RocketMq.State;
using Cmq.MultiProtocol.Adapters.RocketMq.Tests.Fakes;
using Cmq.MultiProtocol.Core;
using Cmq.MultiProtocol.Core.Broker;

namespace Cmq.MultiProtocol.Adapters.RocketMq.Tests.State;

/// <summary>Specification section 16.</summary>
public sealed class TransactionTests : IDisposable
{
    private const string Producer =
        "{\"clientID\":\"p1\",\"consumerDataSet\":[],\"producerDataSet\":[{\"groupName\":\"PG\"}]}";

    private readonly Desk _desk = new(new RocketMqOptions { MaxTransactionChecks = 2 });

    public TransactionTests() => Broker.AddTopic("T", 1);

    private FakeBroker Broker => _desk.Broker;

    private Talk Client => _desk.Client;

    public void Dispose() => _desk.Dispose();

    [Fact]
    public void A_half_message_is_not_in_its_queue_before_the_commit()
    {
        long position = SendHalf();
        Assert.Empty(Broker.Partition("T", 0).Messages);

        End(position, RocketMqSysFlag.Commit);

        RocketMqMessage record = Assert.Single(
            Desk.Records(Client.Ask(RocketMqRequestCode.PullMessage, Desk.Pull("T"))));
        Assert.Equal(("half", RocketMqSysFlag.Commit), (Desk.Text(record), record.SysFlag));
    }

    [Fact]
    public void A_rolled_back_message_never_appears()
    {
        long position = SendHalf();

        End(position, RocketMqSysFlag.Rollback);
        End(position, RocketMqSysFlag.Commit);

        Assert.Empty(Broker.Partition("T", 0).Messages);
        Assert.Empty(Broker.Parked);
    }

    [Theory]
    [InlineData(RocketMqSysFlag.Commit)]
    [InlineData(RocketMqSysFlag.Rollback)]
    public void Another_producer_group_does_not_end_it(int how)
    {
        long position = SendHalf();

        End(position, how, "other");

        Assert.Single(Broker.Parked);
        Assert.Empty(Broker.Partition("T", 0).Messages);
    }

    [Theory]
    [InlineData(RocketMqSysFlag.Commit)]
    [InlineData(RocketMqSysFlag.Rollback)]
    public void Who_may_not_write_to_its_topic_does_not_end_it(int how)
    {
        long position = SendHalf();
        Broker.User.Denied.Add((Access.Write, "T"));

        RocketMqCommand refused = Client.Ask(
            RocketMqRequestCode.EndTransaction, new EndTransactionRequest("PG", 0, position, how, false, "U1", null));

        Assert.Equal((int)RocketMqResponseCode.NoPermission, refused.Code);
        Assert.Single(Broker.Parked);
        Assert.Empty(Broker.Partition("T", 0).Messages);
    }

    [Fact]
    public void A_commit_that_is_repeated_shows_the_message_once()
    {
        long position = SendHalf();

        End(position, RocketMqSysFlag.Commit);
        End(position, RocketMqSysFlag.Commit);

        Assert.Single(Broker.Partition("T", 0).Messages);
    }

    [Fact]
    public void What_is_unknown_stays_and_its_producer_is_asked()
    {
        long position = SendHalf();
        End(position, 0);
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Producer);

        Assert.Equal(1, Check());

        (RocketMqRequestCode code, RocketMqFields fields, ReadOnlyMemory<byte> body) = Assert.Single(Client.Told);
        var request = CheckTransactionStateRequest.Read(fields);
        Assert.Equal(
            (RocketMqRequestCode.CheckTransactionState, position, "U1"), (code, request.CommitLogOffset, request.MessageId));
        RocketMqMessage half = RocketMqMessageReader.Read(ref body)!;
        RocketMqProperties properties = RocketMqProperties.Parse(half.Properties.Span);
        Assert.Equal(("T", "half", "PG", "1"),
            (half.Topic, Desk.Text(half), properties["PGROUP"], properties["TRANSACTION_CHECK_TIMES"]));
    }

    [Fact]
    public void Nobody_is_asked_while_no_producer_of_the_group_is_there()
    {
        SendHalf();

        Assert.Equal(0, Check());
        Assert.Single(Broker.Parked);
    }

    [Fact]
    public void What_was_asked_too_often_goes_where_administrators_find_it()
    {
        SendHalf();
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Producer);

        Assert.Equal((1, 1, 0), (Check(), Check(), Check()));

        Assert.Empty(Broker.Parked);
        PartitionMessage kept = Assert.Single(Broker.Partition(RocketMqNames.CheckedTooOften, 0).Messages);
        RocketMqPropertyBlock block = RocketMqPropertyBlock.Parse(kept.Message.Properties);
        Assert.Equal("T", RocketMqProperties.Parse(block.Properties.Span)["REAL_TOPIC"]);
        Assert.Equal(0, block.SysFlag);
    }

    [Fact]
    public void It_is_not_dropped_when_it_cannot_be_kept()
    {
        SendHalf();
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Producer);
        Check();
        Check();
        Broker.PublishReply = Reply.TimedOut;

        Check();

        Assert.Single(Broker.Parked);
    }

    [Fact]
    public void A_half_message_that_names_no_producer_group_is_the_senders()
    {
        SendHalf("UNIQ_KEY\u0001U1\u0002");
        Assert.Equal("PG", Assert.Single(Broker.Parked).Value.Message.Owner);

        RocketMqCommand nobodys = Client.Send(
            Desk.Send("T", sysFlag: RocketMqSysFlag.Prepared) with { ProducerGroup = "" });
        Assert.Equal((int)RocketMqResponseCode.MessageIllegal, nobodys.Code);
        Assert.Single(Broker.Parked);
    }

    [Fact]
    public void Who_is_asked_is_of_the_namespace()
    {
        SendHalf();
        Broker.AccessKeys.Add(
            "id", new AccessKey("id", "secret", new FakeIdentity("alice"), new NamespaceId(2), Enabled: true));
        Talk other = _desk.Talk(1);
        var fields = new RocketMqFields();
        fields.Add("AccessKey", "id");
#pragma warning disable CA5350 // The protocol's own choice.
        byte[] mac = System.Security.Cryptography.HMACSHA1.HashData(
            "secret"u8, System.Text.Encoding.UTF8.GetBytes("id" + Producer));
#pragma warning restore CA5350
        fields.Add("Signature", Convert.ToBase64String(mac));
        other.Begin(RocketMqRequestCode.HeartBeat, fields, Producer);
        Assert.Equal(0, other.Answer().Code);

        Assert.Equal(0, Check());

        Assert.Empty(other.Told);
    }

    [Fact]
    public void A_message_without_room_for_the_count_is_asked_about_without_it_and_stops_no_other()
    {
        const string named = "PGROUP\u0001PG\u0002UNIQ_KEY\u0001U1\u0002k\u0001";
        SendHalf(named + new string('v', RocketMqProperties.MaxBytes - named.Length - 1) + "\u0002");
        SendHalf();
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Producer);

        Assert.Equal(2, Check());
        Assert.Equal(2, Client.Told.Count);

        Check();
        Check();
        Assert.Empty(Broker.Parked);
        Assert.Equal(2, Broker.Partition(RocketMqNames.CheckedTooOften, 0).Messages.Count);
    }

    [Fact]
    public void A_message_that_cannot_be_read_stops_no_other()
    {
        long broken = SendHalf();
        (Publication publication, ParkedMessage message) = Broker.Parked[broken];
        Broker.Parked[broken] =
            (publication, message with { Message = message.Message with { Properties = new byte[] { 9 } } });
        SendHalf();
        Client.Ask(RocketMqRequestCode.HeartBeat, null, Producer);

        Assert.Equal(1, Check());
        Assert.Single(Client.Told);
    }

    private long SendHalf(
        string properties = "TRAN_MSG\u0001true\u0002PGROUP\u0001PG\u0002UNIQ_KEY\u0001U1\u0002")
    {
        RocketMqCommand answer = Client.Send(Desk.Send("T", 0, properties, RocketMqSysFlag.Prepared), "half");
        Assert.True(RocketMqMessageId.TryParse(SendMessageResponse.Read(answer.Fields!).MessageId, out RocketMqMessageId id));
        return id.Position;
    }

    private void End(long position, int how, string group = "PG")
    {
        var request = new EndTransactionRequest(group, 0, position, how, false, "U1", null);
        Client.Begin(RocketMqRequestCode.EndTransaction, RocketMqFields.Of(request), flag: RocketMqCommand.OneWayFlag);
        Assert.Empty(Client.Answers);
        Assert.Empty(Client.Faults);
    }

    /// <returns>How many were asked about.</returns>
    private int Check()
    {
        var user = new RocketMqSystemUser();
        var sink = new Talk(_desk.Door, 1);
        IBrokerConnection connection =
            Broker.Connect(new ConnectionOptions(user, FakeBroker.Root, "RocketMQ", "check", sink));
        var peer =
            new RocketMqPeer("check", System.Net.IPAddress.None, default, System.Net.IPAddress.Loopback, GroupId.Directory);
        RocketMqLink link = _desk.Door.Link(connection, user, FakeBroker.Root, peer, sink, default);
        var publishing = new RocketMqPublishing(link);
        sink.OnPublished = publishing.Published;
        Task<int> asked =
            new RocketMqCheckBack(link, new RocketMqTopics(link), publishing, new NodeId(1)).CheckAsync().AsTask();
        sink.Run();
        Assert.True(asked.IsCompletedSuccessfully);
        return asked.Result;
    }
}
